import { once } from 'node:events';
import { PassThrough, type Duplex } from 'node:stream';
import { duplexPair } from 'node:stream';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { byteChannelOf } from '../operations/byte-channel.ts';
import { AwaitedText, SerialText, followSerial } from './serial-console.ts';
import { Terminal } from './terminal.ts';

describe('AwaitedText', () => {
  it('finds a text however its bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.string({ unit: 'grapheme' }),
        fc.array(fc.nat({ max: 5 })),
        (before, text, after, cuts) => {
          const bytes = Buffer.from(before + text + after);
          const awaited = new AwaitedText(text);
          let found = false;
          let offset = 0;
          for (const length of [...cuts, bytes.length]) {
            found ||= awaited.found(bytes.subarray(offset, offset + length));
            offset += length;
          }
          expect(found).toBe(true);
        },
      ),
    );
  });

  it('finds nothing that was not said', () => {
    const awaited = new AwaitedText('demo: up');
    expect(['demo: ', 'demo: ', 'u', 'P', 'demo:up'].some((piece) => awaited.found(Buffer.from(piece)))).toBe(false);
  });
});

describe('SerialText', () => {
  it('is the same however its bytes are cut, and steers nothing', () => {
    const said = 'boot \u001b[0;32mOK\u001b[0m\r\nü\u001b]0;title\u0007\u009b2J\u001b[31';
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 4 })), (cuts) => {
        const text = new SerialText();
        const bytes = Buffer.from(`${said}.`);
        let offset = 0;
        let shown = '';
        for (const length of [...cuts, bytes.length]) {
          shown += text.shown(bytes.subarray(offset, offset + length));
          offset += length;
        }
        expect(shown).toBe('boot OK\nü\\u001b]0;title\\u0007\\u009b2J\\u001b[31.');
      }),
    );
  });

  it('holds no more back than a colour has', () => {
    const text = new SerialText();
    const endless = `\u001b[${'1;'.repeat(100)}`;
    expect(text.shown(Buffer.from(endless))).toBe(endless.replace('\u001b', '\\u001b'));
  });
});

describe('followSerial', () => {
  let terminal: Terminal;
  let guest: Duplex;
  let port: Duplex;
  let input: PassThrough;
  let shown: () => string;

  beforeEach(() => {
    const output = new PassThrough();
    let text = '';
    output.on('data', (bytes: Buffer) => (text += bytes.toString()));
    shown = () => text;
    input = new PassThrough();
    // Streams of a terminal have more members than a test needs; Terminal uses these.
    const streams = { stdin: input, stdout: output, stderr: new PassThrough() };
    terminal = new Terminal(streams as unknown as ConstructorParameters<typeof Terminal>[0]);
    [guest, port] = duplexPair();
  });
  afterEach(() => terminal[Symbol.dispose]());

  const never = new AbortController().signal;

  it('shows what the guest says until it closes the port', async () => {
    guest.end('booting\nlogin: ');
    expect(await followSerial(terminal, byteChannelOf(port), {}, never)).toBe('closed');
    expect(shown()).toBe('booting\nlogin: ');
  });

  it('gives a terminal that only looks on text, and a pipe or a console the bytes', async () => {
    const said = 'a\u001b[2J\u001b[1mb\u001b[0m\r\n';
    guest.end(said);
    await followSerial(terminal, byteChannelOf(port), {}, never);
    expect(shown()).toBe(said);
    Object.assign(terminal.streams.stdout, { isTTY: true, rows: 24, columns: 80 });
    [guest, port] = duplexPair();
    guest.end(said);
    await followSerial(terminal, byteChannelOf(port), {}, never);
    expect(shown()).toBe(`${said}a\\u001b[2Jb\n`);
    [guest, port] = duplexPair();
    guest.end(said);
    await followSerial(terminal, byteChannelOf(port), { interactive: true }, never);
    expect(shown()).toBe(`${said}a\\u001b[2Jb\n${said}`);
  });

  it('ends at the awaited text', async () => {
    guest.write('demo: u');
    guest.write('p\n');
    expect(await followSerial(terminal, byteChannelOf(port), { until: 'demo: up' }, never)).toBe('found');
    expect(port.destroyed).toBe(true);
  });

  it('passes on what is typed, and lets the port go when it is called off', async () => {
    const controller = new AbortController();
    const following = followSerial(terminal, byteChannelOf(port), { interactive: true }, controller.signal);
    input.write('uname\r');
    const [typed] = (await once(guest, 'data')) as [Buffer];
    expect(typed.toString()).toBe('uname\r');
    controller.abort(new Error('over'));
    await expect(following).rejects.toThrow('over');
    expect(port.destroyed).toBe(true);
  });

  it('lets go at Ctrl-] in a terminal, after what was typed before it', async () => {
    Object.assign(input, { isTTY: true, isRaw: true });
    const following = followSerial(terminal, byteChannelOf(port), { interactive: true }, never);
    input.write('ls\u001dnot for the guest');
    const [typed] = (await once(guest, 'data')) as [Buffer];
    expect(typed.toString()).toBe('ls');
    expect(await following).toBe('released');
  });
});
