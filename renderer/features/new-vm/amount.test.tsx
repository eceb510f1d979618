import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { type ReactElement, useState } from 'react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addBrowserParts } from '../../testing/browser-parts.ts';
import { Amount } from './amount.tsx';

let told: number[] = [];

function Memory(): ReactElement {
  const [value, setValue] = useState(4);
  const change = (next: number): void => {
    told.push(next);
    setValue(next);
  };
  const range = { min: 0.5, max: 16, comfortable: 12, step: 0.5 };
  return <Amount label="Memory" unit="GB" {...range} value={value} caption="0.5 to 16" onChange={change} />;
}
const field = (): HTMLInputElement => screen.getByRole('textbox', { name: 'Memory, exactly' });
const slider = (): string | null => screen.getByRole('slider', { name: 'Memory' }).getAttribute('aria-valuenow');

beforeEach(() => {
  addBrowserParts();
  told = [];
});
afterEach(cleanup);

describe('Amount', () => {
  it('keeps the last number while the field is empty, and says what it needs', async () => {
    const user = userEvent.setup();
    render(<Memory />);
    await user.clear(field());
    expect(told.at(-1)).toBeNaN();
    expect(slider()).toBe('4');
    expect(screen.getByRole('alert').textContent).toBe('Needs a number. 0.5 to 16');
    expect(field().getAttribute('aria-invalid')).toBe('true');
    await user.type(field(), '6');
    expect(slider()).toBe('6');
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('goes on from the last number with its buttons', async () => {
    const user = userEvent.setup();
    render(<Memory />);
    await user.clear(field());
    await user.click(screen.getByRole('button', { name: 'More Memory' }));
    expect(field().value).toBe('4.5');
  });

  it('lets a decimal be typed, with a point or a comma', async () => {
    const user = userEvent.setup();
    render(<Memory />);
    await user.clear(field());
    await user.type(field(), '1,5');
    expect(told.at(-1)).toBe(1.5);
    expect(field().value).toBe('1,5');
  });

  it('shows what is no number as it was typed', async () => {
    const user = userEvent.setup();
    render(<Memory />);
    await user.clear(field());
    await user.type(field(), 'much');
    expect(field().value).toBe('much');
    expect(screen.getByRole('alert')).toBeTruthy();
  });
});
