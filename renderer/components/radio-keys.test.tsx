import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { type ReactElement, useState } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { onRadioKey } from './radio-keys.ts';

function Fruit(): ReactElement {
  const [chosen, choose] = useState('apple');
  return (
    <div role="radiogroup" aria-label="Fruit" onKeyDown={onRadioKey}>
      {['apple', 'pear', 'quince', 'plum'].map((fruit) => (
        <button
          key={fruit}
          type="button"
          role="radio"
          aria-checked={chosen === fruit}
          tabIndex={chosen === fruit ? 0 : -1}
          disabled={fruit === 'pear'}
          onClick={() => choose(fruit)}
        >
          {fruit}
        </button>
      ))}
    </div>
  );
}
const checked = (): string | null => screen.getByRole('radio', { checked: true }).textContent;

afterEach(cleanup);

describe('onRadioKey', () => {
  it('chooses with the arrows what can be chosen, round and round', async () => {
    const user = userEvent.setup();
    render(<Fruit />);
    await user.tab();
    expect(document.activeElement?.textContent).toBe('apple');
    await user.keyboard('{ArrowDown}');
    expect(checked()).toBe('quince');
    await user.keyboard('{ArrowRight}{ArrowRight}');
    expect(checked()).toBe('apple');
    await user.keyboard('{ArrowUp}');
    expect(checked()).toBe('plum');
    expect(document.activeElement?.textContent).toBe('plum');
  });

  it('leaves other keys, and keys with modifiers, to others', async () => {
    const user = userEvent.setup();
    render(<Fruit />);
    await user.tab();
    await user.keyboard('{Control>}{ArrowDown}{/Control}x');
    expect(checked()).toBe('apple');
  });
});
