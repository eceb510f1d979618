import { describe, expect, it } from 'vitest';
import { TypedLine } from './prompt.ts';

describe('TypedLine', () => {
  function typed(...pieces: (string | number[])[]): { text: string; shown: string; isDone: boolean } {
    let shown = '';
    const line = new TypedLine((text) => (shown += text));
    const isDone = pieces.map((piece) => line.take(Buffer.from(piece as string))).at(-1) ?? false;
    return { text: line.text, shown, isDone };
  }

  it('is done at the end of the line, and shows what was typed', () => {
    expect(typed('al', 'ice')).toEqual({ text: 'alice', shown: 'alice', isDone: false });
    expect(typed('alice\r')).toEqual({ text: 'alice', shown: 'alice', isDone: true });
    expect(typed('\n')).toMatchObject({ text: '', isDone: true });
  });

  it('takes back whole characters, and the whole line', () => {
    expect(typed('aü\u{1f600}\u007f\u0008x\r')).toMatchObject({ text: 'ax', isDone: true });
    expect(typed('wrong\u0015right\r')).toMatchObject({ text: 'right' });
    expect(typed('\u007f\u007fa\r')).toMatchObject({ text: 'a' });
  });

  it('puts together characters that come in pieces', () => {
    expect(typed([0xc3], [0xbc, 0x0d])).toMatchObject({ text: 'ü', isDone: true });
  });

  it('is called off by Ctrl-C, and by Ctrl-D while it is empty', () => {
    expect(() => typed('abc\u0003')).toThrow(expect.objectContaining({ code: 'cancelled' }) as Error);
    expect(() => typed('\u0004')).toThrow(expect.objectContaining({ code: 'cancelled' }) as Error);
    expect(typed('a\u0004\r')).toMatchObject({ text: 'a', isDone: true });
  });

  it('has an end', () => {
    expect(typed('x'.repeat(8192)).text).toHaveLength(8192);
    expect(() => typed('x'.repeat(8193))).toThrow('8192 characters');
  });
});
