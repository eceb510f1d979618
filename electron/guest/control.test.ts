import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type ClientHttp2Session, connect } from 'node:http2';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { AppError } from '../contract/errors.ts';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import { connectUnix } from '../network/unix-sockets.ts';
import { ControlClient } from './control-client.ts';
import { type ControlBackend, serveControlSocket } from './control-server.ts';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 30_000 };

const never = new AbortController().signal;
const empty = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), truncated: false };

const backend: ControlBackend = {
  exec: ({ path: program, args, input }) => {
    if (program === 'missing') throw new AppError('agent-failed', '“missing” was not run: no such file');
    if (program === 'cat') return Promise.resolve({ ...empty, exitCode: 0, stdout: input ?? Buffer.from('no input') });
    if (program === 'big') return Promise.resolve({ ...empty, exitCode: 0, stdout: Buffer.alloc(5_000_000, 'x') });
    const stdout = Buffer.from(args.join('|'));
    return Promise.resolve({ ...empty, exitCode: 7, stdout, stderr: Buffer.from('oops') });
  },
  address: () => Promise.resolve('192.168.64.7'),
};

async function served(of: ControlBackend = backend): Promise<AsyncDisposable & { socketPath: string }> {
  const folder = temporaryFolder();
  const socketPath = path.join(folder.path, 'control.sock');
  const server = await serveControlSocket(socketPath, of);
  return {
    socketPath,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** Collects what a command says. */
async function run(socketPath: string, command: Parameters<ControlClient['exec']>[0]) {
  const said = { stdout: '', stderr: '' };
  const code = await new ControlClient(socketPath).exec(
    command,
    {
      stdout: (bytes) => (said.stdout += Buffer.from(bytes).toString()),
      stderr: (bytes) => (said.stderr += Buffer.from(bytes).toString()),
    },
    never,
  );
  return { code, ...said };
}

/** One gRPC call spoken by hand over HTTP/2, as gRPC's own "gRPC over HTTP2" lays it down. */
async function byHand(socketPath: string, method: string, ...messages: Buffer[]) {
  const session: ClientHttp2Session = connect('http://localhost', { createConnection: () => connectUnix(socketPath) });
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': method,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    for (const message of messages) {
      const length = Buffer.alloc(5);
      length.writeUInt32BE(message.length, 1);
      stream.write(Buffer.concat([length, message]));
    }
    stream.end();
    const trailers: Promise<unknown[]> = once(stream, 'trailers');
    const body: Buffer[] = [];
    for await (const piece of stream) body.push(piece as Buffer);
    const [told] = (await trailers) as [Record<string, string>];
    return { status: told['grpc-status'], body: Buffer.concat(body) };
  } finally {
    session.destroy();
  }
}

/** A length-delimited field of protobuf's wire format. */
const field = (number: number, content: Buffer | string) => {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.of((number << 3) | 2, bytes.length), bytes]);
};

describe('control.sock', () => {
  it('runs a command and passes on both streams and its exit code', async () => {
    await using server = await served();
    expect(await run(server.socketPath, { path: 'echo', args: ['a b', '', '--', 'ü'] })).toEqual({
      code: 7,
      stdout: 'a b||--|ü',
      stderr: 'oops',
    });
  });

  it('passes input whole, and none where there is none', async () => {
    await using server = await served();
    const stdin = (async function* () {
      await Promise.resolve();
      yield Buffer.from('one ');
      yield Buffer.alloc(0);
      yield Buffer.from('two');
    })();
    expect(await run(server.socketPath, { path: 'cat', args: [], stdin })).toMatchObject({ stdout: 'one two' });
    expect(await run(server.socketPath, { path: 'cat', args: [] })).toMatchObject({ stdout: 'no input' });
  });

  it('carries more output than one message may', async () => {
    await using server = await served();
    expect((await run(server.socketPath, { path: 'big', args: [] })).stdout).toHaveLength(5_000_000);
  });

  it('tells the address', async () => {
    await using server = await served();
    expect(await new ControlClient(server.socketPath).address(never)).toMatchObject({
      ip: '192.168.64.7',
      source: 'agent',
    });
  });

  it('refuses a terminal in words', async () => {
    await using server = await served();
    const command = { path: 'sh', args: [], tty: { rows: 24, columns: 80 } };
    await expect(run(server.socketPath, command)).rejects.toMatchObject({
      code: 'not-supported',
      message: expect.stringContaining('ssh') as string,
    });
  });

  it('passes on why a command was not run', async () => {
    await using server = await served();
    await expect(run(server.socketPath, { path: 'missing', args: [] })).rejects.toMatchObject({
      code: 'agent-failed',
      message: '“missing” was not run: no such file',
    });
  });

  it.each(['agent-unavailable', 'no-address', 'timeout'] as const)('keeps the code %s', async (code) => {
    await using server = await served({ ...backend, address: () => Promise.reject(new AppError(code, 'Why.')) });
    await expect(new ControlClient(server.socketPath).address(never)).rejects.toMatchObject({ code, retry: true });
  });

  it('counts a guest without an address as one that answers', async () => {
    await using server = await served({
      ...backend,
      address: () => Promise.reject(new AppError('no-address', 'None.')),
    });
    await new ControlClient(server.socketPath).ping(never);
  });

  it('can be called off', async () => {
    const { promise: called, resolve } = Promise.withResolvers<AbortSignal>();
    await using server = await served({
      ...backend,
      address: (signal) => {
        resolve(signal);
        return new Promise<never>(() => undefined);
      },
    });
    const stop = new AbortController();
    const waiting = new ControlClient(server.socketPath).address(stop.signal);
    const seen = await called;
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(() => seen.aborted, patience).toBe(true);
  });

  it('says so when nobody serves it', async () => {
    using folder = temporaryFolder();
    const socketPath = path.join(folder.path, 'control.sock');
    await expect(new ControlClient(socketPath).address(never)).rejects.toMatchObject({ code: 'agent-unavailable' });
    writeFileSync(socketPath, '');
    await expect(new ControlClient(socketPath).ping(never)).rejects.toMatchObject({ code: 'agent-unavailable' });
  });

  it('takes the place of a socket that was left, in a folder with a path of any length', async () => {
    using folder = temporaryFolder();
    const deep = path.join(folder.path, 'x'.repeat(120), 'y'.repeat(120));
    mkdirSync(deep, { recursive: true });
    const before = process.cwd();
    for (let turn = 0; turn < 2; turn++) {
      const server = await serveControlSocket(path.join(deep, 'control.sock'), backend);
      expect(await new ControlClient(path.join(deep, 'control.sock')).address(never)).toMatchObject({
        source: 'agent',
      });
      if (turn === 1) await server[Symbol.asyncDispose]();
    }
    expect(process.cwd()).toBe(before);
  });
});

describe('A gRPC client that is not ours', () => {
  it('gets the address under the name without a package', async () => {
    await using server = await served();
    const { status, body } = await byHand(server.socketPath, '/Agent/ResolveIP', Buffer.alloc(0));
    expect(status).toBe('0');
    expect(body.subarray(5)).toEqual(field(1, '192.168.64.7'));
  });

  it('runs a command with the numbers of Tart, and gets the exit code last', async () => {
    await using server = await served();
    const command = Buffer.concat([field(1, 'echo'), field(2, 'a'), field(2, 'b')]);
    const { status, body } = await byHand(server.socketPath, '/Agent/Exec', field(1, command));
    expect(status).toBe('0');
    const framed = (message: Buffer) => Buffer.concat([Buffer.of(0, 0, 0, 0, message.length), message]);
    const exit = Buffer.of(0x0a, 2, 0x08, 7);
    expect(body).toEqual(
      Buffer.concat([framed(field(2, field(1, 'a|b'))), framed(field(3, field(1, 'oops'))), framed(exit)]),
    );
  });

  it('is told with gRPC codes what it did wrong', async () => {
    await using server = await served();
    const notFirst = await byHand(server.socketPath, '/Agent/Exec', field(2, field(1, 'input')));
    expect(notFirst.status).toBe('3');
    expect((await byHand(server.socketPath, '/Agent/Exec')).status).toBe('3');
    const tty = Buffer.concat([field(1, 'sh'), Buffer.of(0x20, 1)]);
    expect((await byHand(server.socketPath, '/Agent/Exec', field(1, tty))).status).toBe('12');
  });
});
