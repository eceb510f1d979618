import { render, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { machine, noAnnotations, running, unreadable } from '../testing/fixtures.ts';
import { openLibrary } from '../testing/open-library.tsx';

const steering = /[\p{Cc}\u202A-\u202E\u2066-\u2069\u200B]/u;

/** Every text and every attribute that is shown or read out, but for lines of `pre`. */
function shownTexts(): string[] {
  const texts: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode() !== null) texts.push(walker.currentNode.textContent ?? '');
  for (const element of document.body.querySelectorAll('*'))
    for (const name of ['title', 'aria-label', 'alt', 'placeholder']) texts.push(element.getAttribute(name) ?? '');
  return texts;
}

describe('the texts of a page', () => {
  it('show as escapes what would steer, turn or hide them', () => {
    const name = 'a\u202Eb';
    render(
      <p title={name} aria-label={`of ${name}`}>
        {name}, {['two\nlines', <b key="in">{'\u001b[31m'}</b>]}
      </p>,
    );
    const shown = screen.getByTitle(String.raw`a\u202eb`);
    expect(shown.getAttribute('aria-label')).toBe(String.raw`of a\u202eb`);
    expect(shown.textContent).toBe(String.raw`a\u202eb, two\nlines\u001b[31m`);
  });

  it('keep their lines in a block of lines, and fields what is edited', () => {
    render(
      <>
        <pre data-testid="block">{'one\n\u001btwo'}</pre>
        <input aria-label="Name" value={'a\u202Eb'} readOnly />
      </>,
    );
    expect(screen.getByTestId('block').textContent).toBe('one\n\\u001btwo');
    expect(screen.getByLabelText<HTMLInputElement>('Name').value).toBe('a\u202Eb');
  });

  it.each(['icons', 'list'])('of a library of hostile names, as %s, steer nothing', async (look) => {
    const hostile = 'x\u202Egnp\u001b[2J\nend';
    const { user } = await openLibrary({
      vms: [
        machine(`m${hostile}`, {
          state: running,
          annotations: { ...noAnnotations, tags: [`t\u202Eag`], system: hostile },
        }),
        unreadable(`u${hostile}`, `config.json ${hostile}`),
      ],
    });
    if (look === 'list') await user.click(screen.getByRole('radio', { name: /list/i }));
    await user.click(screen.getByText(/^mx/));
    for (const text of shownTexts()) expect(text).not.toMatch(steering);
    expect(document.body.textContent).toContain(String.raw`mx\u202egnp\u001b[2J\nend`);
    expect(document.body.textContent).toContain(String.raw`config.json x\u202egnp`);
  });
});
