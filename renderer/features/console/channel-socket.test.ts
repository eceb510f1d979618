import type { RawChannel } from '@novnc/novnc';
import { describe, expect, it, vi } from 'vitest';
// @ts-expect-error noVNC brings no types; what is used of it is named below.
import Websock from '../../../node_modules/@novnc/novnc/core/websock.js';
import { ChannelSocket } from './channel-socket.ts';
import { testChannel, type TestChannel } from './testing/channel-pair.ts';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 30_000 };

/** The part of noVNC's own socket wrapper that a connection goes through; it has no types. */
interface NovncSocket {
  attach(channel: RawChannel): void;
  on(event: 'message' | 'open' | 'close' | 'error', listener: (event: unknown) => void): void;
  readonly readyState: string;
  rQlen(): number;
  rQshiftBytes(length: number): Uint8Array;
  sQpushBytes(bytes: Uint8Array): void;
  flush(): void;
  close(): void;
}

const makeSocket = (): NovncSocket => new (Websock as new () => NovncSocket)();

function attached(): { channel: TestChannel; socket: NovncSocket } {
  const channel = testChannel();
  const socket = makeSocket();
  socket.attach(new ChannelSocket(channel));
  return { channel, socket };
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('ChannelSocket', () => {
  it('is taken by noVNC as an open connection', () => {
    expect(attached().socket.readyState).toBe('open');
  });

  it('hands on what comes in, what came early too', () => {
    const channel = testChannel();
    const raw = new ChannelSocket(channel);
    channel.receive(bytes(1, 2));
    const socket = makeSocket();
    socket.attach(raw);
    channel.receive(bytes(3));
    expect([...socket.rQshiftBytes(socket.rQlen())]).toEqual([1, 2, 3]);
  });

  it('sends copies, since noVNC writes into the same buffer again', () => {
    const { channel, socket } = attached();
    socket.sQpushBytes(bytes(1, 2));
    socket.flush();
    socket.sQpushBytes(bytes(7, 8, 9));
    socket.flush();
    expect(channel.sent.map((sent) => [...sent])).toEqual([
      [1, 2],
      [7, 8, 9],
    ]);
  });

  it('tells once that the far end closed, with its reason', () => {
    const { channel, socket } = attached();
    const onClose = vi.fn();
    socket.on('close', onClose);
    channel.end('the machine ended');
    channel.end('again');
    expect(onClose.mock.calls).toEqual([[{ code: 1011, reason: 'the machine ended' }]]);
    expect(socket.readyState).toBe('closed');
  });

  it('closes the channel and tells of it afterwards, not meanwhile', async () => {
    const { channel, socket } = attached();
    const onClose = vi.fn();
    socket.on('close', onClose);
    socket.close();
    expect(channel.isClosed).toBe(true);
    await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1), patience);
  });

  it('drops what is sent after the end', () => {
    const { channel, socket } = attached();
    channel.end();
    socket.sQpushBytes(bytes(1));
    socket.flush();
    expect(channel.sent).toEqual([]);
  });
});
