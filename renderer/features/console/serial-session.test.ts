import { describe, expect, it, vi } from 'vitest';
import type { Client } from '../../../electron/contract/contract.ts';
import { SerialSession } from './serial-session.ts';
import { testChannel, type TestChannel } from './testing/channel-pair.ts';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 30_000 };

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A session over channels in memory, and a view that remembers what it shows. */
function setUp(): { session: SerialSession; opened: TestChannel[]; shown: () => string } {
  const opened: TestChannel[] = [];
  const openChannel: Client['openChannel'] = () => {
    const channel = testChannel();
    opened.push(channel);
    return Promise.resolve(channel);
  };
  const client: Client = {
    call: () => Promise.reject(new Error('not asked here')),
    on: () => () => undefined,
    openChannel,
    onConnection: () => () => undefined,
  };
  const session = new SerialSession(client, 'local:a');
  let text = '';
  session.open({
    write: (chunk) => {
      text += new TextDecoder().decode(chunk);
      return Promise.resolve();
    },
    reset: () => (text = ''),
  });
  return { session, opened, shown: () => text };
}

const isOpen = (session: SerialSession): Promise<void> =>
  vi.waitFor(() => expect(session.getSnapshot().status.kind).toBe('open'), patience);

describe('SerialSession', () => {
  it('shows what comes and counts its lines', async () => {
    const { session, opened, shown } = setUp();
    session.want(true);
    await isOpen(session);
    opened[0]?.receive(bytes('one\ntwo\nthr'));
    opened[0]?.receive(bytes('ee\n'));
    expect(shown()).toBe('one\ntwo\nthree\n');
    expect(session.getSnapshot().lines).toBe(3);
  });

  it('begins anew when the port opens again, since all of it comes again', async () => {
    const { session, opened, shown } = setUp();
    session.want(true);
    await isOpen(session);
    opened[0]?.receive(bytes('boot\n'));
    opened[0]?.end();
    await vi.waitFor(() => expect(opened).toHaveLength(2), patience);
    await isOpen(session);
    opened[1]?.receive(bytes('boot\nlogin:'));
    expect(shown()).toBe('boot\nlogin:');
    expect(session.getSnapshot().lines).toBe(1);
  });

  it('types into the open port, and drops what is typed while it is closed', async () => {
    const { session, opened } = setUp();
    session.type('lost');
    session.want(true);
    await isOpen(session);
    session.type('ä\r');
    expect(opened[0]?.sent.map((sent) => new TextDecoder().decode(sent))).toEqual(['ä\r']);
  });

  it('closes the port with its view', async () => {
    const { opened, session } = setUp();
    const close = session.open({ write: () => Promise.resolve(), reset: () => undefined });
    session.want(true);
    await isOpen(session);
    close();
    expect(opened[0]?.isClosed).toBe(true);
    session.want(true);
    expect(session.getSnapshot().status.kind).toBe('off');
  });
});
