import { once } from 'node:events';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ByteChannel } from '../../contract/contract.ts';
import { encodeExecFrame, type ExecFrame, ExecFrameReader } from '../../contract/exec-frames.ts';
import { channelWindowBytes } from '../../contract/wire.ts';
import { ControlClient } from '../../guest/control-client.ts';
import { type AgentCall, type AgentRequest, serveTartAgent, type TartAgent } from '../../guest/testing/tart-agent.ts';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { execChannel } from '../../operations/machines/exec-channel.ts';
import { EchoBackend } from './echo-backend.ts';
import { joinByIpc, joinByWebSocket, type Joined } from './transports.ts';

const patience = { timeout: 20_000 };
const everyByte = Buffer.from(Uint8Array.from({ length: 256 }, (_, index) => index));

describe.each([
  ['WebSocket', joinByWebSocket],
  ['Electron’s ports', joinByIpc],
])('a command in a guest over %s', (_name, join) => {
  let stack: AsyncDisposableStack;
  let agent: TartAgent;
  let joined: Joined;
  /** What the guest does with a call. */
  let play: (call: AgentCall) => void;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    const socketPath = path.join(stack.use(temporaryFolder('/tmp')).path, 'control.sock');
    agent = stack.use(await serveTartAgent(socketPath, { exec: (call) => play(call) }));
    const backend = new EchoBackend();
    backend.openChannel = () => Promise.resolve(execChannel(new ControlClient(socketPath)));
    joined = stack.use(await join(backend));
  });
  afterEach(() => stack.disposeAsync());

  async function open(): Promise<{ channel: ByteChannel; frames: ExecFrame[]; closed: Promise<unknown> }> {
    const channel = await joined.client.openChannel('exec', { id: 'local:a' });
    const frames: ExecFrame[] = [];
    const reader = new ExecFrameReader();
    channel.onData((bytes) => void frames.push(...reader.take(bytes)));
    const closed = new Promise((resolve) => channel.onClose(resolve));
    return { channel, frames, closed };
  }
  const send = (channel: ByteChannel, frame: ExecFrame) => channel.send(encodeExecFrame(frame));
  const start = (channel: ByteChannel, more: { stdin?: boolean; tty?: { rows: number; columns: number } } = {}) =>
    send(channel, { kind: 'start', value: { command: ['run', 'a b'], stdin: false, ...more } });
  const outputOf = (frames: readonly ExecFrame[], kind: 'stdout' | 'stderr') =>
    Buffer.concat(frames.map((frame) => (frame.kind === kind && 'bytes' in frame ? frame.bytes : Buffer.alloc(0))));

  it('brings its output byte for byte, each stream apart, and the exit code as the guest says it', async () => {
    const asked: AgentRequest[] = [];
    play = (call) => {
      call.on('data', (request: AgentRequest) => asked.push(request));
      call.write({ standard_output: { data: everyByte } });
      call.write({ standard_error: { data: Buffer.from('no\n') } });
      call.write({ exit: { code: -1 } });
      call.end();
    };
    const { channel, frames, closed } = await open();
    await start(channel);
    expect(await closed).toBeUndefined();
    expect(outputOf(frames, 'stdout')).toEqual(everyByte);
    expect(outputOf(frames, 'stderr').toString()).toBe('no\n');
    expect(frames.at(-1)).toEqual({ kind: 'exit', value: { code: -1 } });
    expect(asked).toMatchObject([{ command: { name: 'run', args: ['a b'], interactive: false, tty: false } }]);
  });

  it('brings the input and its end, and new sizes of the terminal', async () => {
    const asked: AgentRequest[] = [];
    play = (call) =>
      call.on('data', (request: AgentRequest) => {
        asked.push(request);
        const resized = asked.some(({ type }) => type === 'terminal_resize');
        const ended = asked.some((one) => one.type === 'standard_input' && one.standard_input?.data.length === 0);
        if (!resized || !ended) return;
        call.write({ exit: { code: 0 } });
        call.end();
      });
    const { channel, frames, closed } = await open();
    await start(channel, { stdin: true, tty: { rows: 24, columns: 80 } });
    await send(channel, { kind: 'stdin', bytes: everyByte });
    await send(channel, { kind: 'resize', value: { rows: 40, columns: 100 } });
    await send(channel, { kind: 'stdin', bytes: new Uint8Array() });
    await closed;
    expect(frames).toEqual([{ kind: 'exit', value: { code: 0 } }]);
    expect(asked[0]?.command).toMatchObject({ interactive: true, tty: true, terminal_size: { rows: 24, cols: 80 } });
    expect(Buffer.concat(asked.map((one) => one.standard_input?.data ?? Buffer.alloc(0)))).toEqual(everyByte);
    expect(asked.find(({ type }) => type === 'terminal_resize')?.terminal_resize).toEqual({ rows: 40, cols: 100 });
  });

  it('holds a guest back that prints more than is taken, and brings all of it in the end', async () => {
    const piece = Buffer.alloc(256 * 1024, 'x');
    const pieces = 128;
    let written = 0;
    const full = Promise.withResolvers<undefined>();
    play = (call) => {
      void (async () => {
        for (; written < pieces; written++)
          if (!call.write({ standard_output: { data: piece } })) {
            if (written * piece.length > channelWindowBytes) full.resolve(undefined);
            await once(call, 'drain');
          }
        call.write({ exit: { code: 0 } });
        call.end();
      })();
    };
    const channel = await joined.client.openChannel('exec', { id: 'local:a' });
    const gate = Promise.withResolvers<undefined>();
    const reader = new ExecFrameReader();
    let received = 0;
    let exit: ExecFrame | undefined;
    channel.onData(async (bytes) => {
      await gate.promise;
      for (const frame of reader.take(bytes))
        if ('bytes' in frame) received += frame.bytes.length;
        else exit = frame;
    });
    const closed = new Promise((resolve) => channel.onClose(resolve));
    await start(channel);
    await full.promise;
    expect(written).toBeLessThan(pieces);
    gate.resolve(undefined);
    await closed;
    expect(received).toBe(pieces * piece.length);
    expect(exit).toEqual({ kind: 'exit', value: { code: 0 } });
  });

  it('holds the caller back whose input the guest does not take, and ends the command when the caller goes', async () => {
    const cancelled = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<undefined>();
    play = (call) => {
      call.once('data', () => {
        call.pause();
        begun.resolve(undefined);
      });
      call.on('cancelled', () => cancelled.resolve(undefined));
    };
    const { channel } = await open();
    await start(channel, { stdin: true });
    await begun.promise;
    const piece = encodeExecFrame({ kind: 'stdin', bytes: new Uint8Array(512 * 1024) });
    let sent = 0;
    const flood = (async () => {
      for (; sent < 256; sent++) await channel.send(piece);
    })();
    const cutOff = expect(flood).rejects.toMatchObject({ code: 'connection-lost' });
    await vi.waitFor(() => expect(sent * piece.length).toBeGreaterThanOrEqual(channelWindowBytes), patience);
    channel.close();
    await cancelled.promise;
    await cutOff;
  });

  it('ends the command when the page goes', async () => {
    const cancelled = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<undefined>();
    play = (call) => {
      call.once('data', () => begun.resolve(undefined));
      call.on('cancelled', () => cancelled.resolve(undefined));
    };
    const { channel } = await open();
    await start(channel);
    await begun.promise;
    joined.leave();
    channel.close();
    await cancelled.promise;
  });

  it('says why a command can not be run', async () => {
    const { channel, frames, closed } = await open();
    play = (call) => call.end();
    await start(channel);
    await closed;
    expect(frames).toMatchObject([{ kind: 'error', value: { code: 'agent-failed' } }]);
    agent.die();
    const later = await open();
    await start(later.channel);
    await later.closed;
    expect(later.frames).toMatchObject([{ kind: 'error', value: { code: 'agent-unavailable' } }]);
  });

  const json = (kind: number, text: string): Uint8Array => {
    const bytes = encodeExecFrame({ kind: 'stdin', bytes: Buffer.from(text) });
    bytes[0] = kind;
    return bytes;
  };
  const command = encodeExecFrame({ kind: 'start', value: { command: ['run'], stdin: false } });
  it.each<[string, Uint8Array]>([
    ['an unknown kind', json(99, 'x')],
    ['a frame without end', Uint8Array.of(1, 255, 255, 255, 255)],
    ['no JSON', json(0, '{')],
    ['no command', json(0, '{"command":[]}')],
    ['a program without a name', json(0, '{"command":[""]}')],
    ['input before the command', json(1, 'x')],
    ['a frame of the other end', json(5, '{"code":0}')],
    ['two commands', Buffer.concat([command, command])],
    ['input that was not announced', Buffer.concat([command, json(1, 'x')])],
    ['a size where there is no terminal', Buffer.concat([command, json(2, '{"rows":1,"columns":1}')])],
  ])('refuses %s, and runs nothing on', async (_what, bytes) => {
    const running = new Set<AgentCall>();
    play = (call) => {
      running.add(call);
      call.on('cancelled', () => running.delete(call));
    };
    const { channel, frames, closed } = await open();
    await channel.send(bytes);
    await closed;
    expect(frames).toMatchObject([{ kind: 'error', value: { code: 'invalid-input' } }]);
    await vi.waitFor(() => expect(running.size).toBe(0), patience);
  });
});
