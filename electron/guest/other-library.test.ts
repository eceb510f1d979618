import { createHash } from 'node:crypto';
import { type Socket, connect, createServer } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { relayAgent } from '../hypervisor/vz/agent-relay.ts';
import type { TerminalSize } from './guest-agent.ts';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import { listenUnix } from '../network/unix-sockets.ts';
import { ControlClient } from './control-client.ts';
import { type AgentCall, type AgentRequest, type TartAgent, serveTartAgent } from './testing/tart-agent.ts';

const patience = () => AbortSignal.timeout(30_000);
const silent = { stdout: () => undefined, stderr: () => undefined };
const megabyte = 1_000_000;

/** A program that says back what it is told, and each size of its terminal; `exit N` of its arguments is how it ends. */
function echo(call: AgentCall): void {
  let code = 0;
  call.on('data', (request: AgentRequest) => {
    if (request.command !== undefined && request.type === 'command') {
      const { name, args, tty, interactive, terminal_size: size } = request.command;
      code = Number(args.at(-1));
      const kind = `${tty ? `tty ${size?.rows ?? 0}x${size?.cols ?? 0}` : 'pipe'}${interactive ? ' interactive' : ''}`;
      call.write({ standard_error: { data: Buffer.from(`${name} ${kind}\n`) } });
    } else if (request.terminal_resize !== undefined && request.type === 'terminal_resize')
      say(call, `${request.terminal_resize.rows}x${request.terminal_resize.cols}\n`);
    else if (request.standard_input !== undefined)
      if (request.standard_input.data.length === 0) exit(call, code);
      else call.write({ standard_output: { data: request.standard_input.data } });
  });
}

function say(call: AgentCall, text: string): void {
  call.write({ standard_output: { data: Buffer.from(text) } });
}

function exit(call: AgentCall, code: number): void {
  call.write({ exit: { code } });
  call.end();
}

/** A promise with its ends outside. */
function event() {
  return Promise.withResolvers<undefined>();
}

/** Collects what a command says, and tells of each piece. */
function listener(onText: (said: string) => void = () => undefined) {
  const said = { stdout: '', stderr: '' };
  const keep = (stream: 'stdout' | 'stderr') => (bytes: Uint8Array) => {
    said[stream] += Buffer.from(bytes).toString('latin1');
    onText(said[stream]);
  };
  return { said, stdout: keep('stdout'), stderr: keep('stderr') };
}

describe.each(['on the socket itself', 'behind the relay of a Mac’s machine'])(
  'Tart’s agent by another library, %s',
  (where) => {
    let stack: AsyncDisposableStack;
    let agentSocket: string;
    let client: ControlClient;

    beforeEach(async () => {
      stack = new AsyncDisposableStack();
      const folder = stack.use(temporaryFolder());
      agentSocket = path.join(folder.path, 'agent.sock');
      const control = path.join(folder.path, 'control.sock');
      if (where === 'on the socket itself') client = new ControlClient(agentSocket);
      else {
        stack.use(
          await relayAgent(control, () => Promise.resolve(connect({ path: agentSocket, allowHalfOpen: true }))),
        );
        client = new ControlClient(control);
      }
    });

    afterEach(() => stack.disposeAsync());

    const serve = async (exec: (call: AgentCall) => void, address?: () => string): Promise<TartAgent> =>
      stack.use(await serveTartAgent(agentSocket, { exec, address }));

    /** A guest in which something else listens on the agent's port. */
    const serveRaw = async (onClient: (client: Socket) => void): Promise<void> => {
      const clients = new Set<Socket>();
      const server = createServer((socket) => {
        clients.add(socket.on('error', () => socket.destroy()));
        onClient(socket);
      });
      await listenUnix(server, agentSocket);
      stack.defer(() => {
        for (const socket of clients) socket.destroy();
        server.close();
      });
    };

    it('gives a command a terminal, input, new sizes and an exit code', async () => {
      await serve(echo);
      const [typed, resized] = [event(), event()];
      async function* stdin() {
        yield Buffer.from('first ');
        await resized.promise;
        yield Buffer.from('last');
      }
      async function* resizes(): AsyncGenerator<TerminalSize> {
        await typed.promise;
        yield { rows: 50, columns: 132 };
      }
      const heard = listener((text) => {
        if (text.includes('first')) typed.resolve(undefined);
        if (text.includes('50x132')) resized.resolve(undefined);
      });
      const tty = { rows: 24, columns: 80, resizes: resizes() };
      const code = await client.exec({ path: 'sh', args: ['-c', '42'], stdin: stdin(), tty }, heard, patience());
      expect(code).toBe(42);
      expect(heard.said).toEqual({ stdout: 'first 50x132\nlast', stderr: 'sh tty 24x80 interactive\n' });
    });

    it('ends while nobody types and nobody resizes', async () => {
      await serve((call) => call.once('data', () => exit(call, 3)));
      const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) };
      const command = { path: 'true', args: [], stdin: never, tty: { rows: 1, columns: 1, resizes: never } };
      expect(await client.exec(command, silent, patience())).toBe(3);
    });

    it('carries much both ways, in pieces that gRPC takes', async () => {
      await serve(echo);
      const bytes = Buffer.alloc(9 * megabyte, 'not all the same ');
      const back = createHash('sha256');
      async function* stdin() {
        await Promise.resolve();
        yield bytes;
      }
      const output = { ...silent, stdout: (piece: Uint8Array) => void back.update(piece) };
      expect(await client.exec({ path: 'cat', args: ['0'], stdin: stdin() }, output, patience())).toBe(0);
      expect(back.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
    });

    it('hears an answer that comes after its own side has ended', async () => {
      await serve((call) => {
        call.resume().on('end', () => {
          say(call, 'after the end');
          exit(call, 0);
        });
      });
      const heard = listener();
      expect(await client.exec({ path: 'date', args: [] }, heard, patience())).toBe(0);
      expect(heard.said.stdout).toBe('after the end');
    });

    it('says so when the guest dies in the middle', async () => {
      const agent = await serve((call) => call.once('data', () => say(call, 'so far')));
      const heard = listener(() => agent.die());
      const running = client.exec({ path: 'sleep', args: ['600'] }, heard, patience());
      await expect(running).rejects.toMatchObject({ code: expect.stringMatching(/^agent-/) as string });
      expect(heard.said.stdout).toBe('so far');
    });

    it('says so when the agent ends without an exit code', async () => {
      await serve((call) => call.once('data', () => call.end()));
      await expect(client.exec({ path: 'true', args: [] }, silent, patience())).rejects.toMatchObject({
        code: 'agent-failed',
        message: /before the command ended/,
      });
    });

    it('passes on what the agent refuses, in the agent’s words', async () => {
      await serve((call) => call.once('data', () => call.emit('error', { code: 9, details: 'no such program' })));
      await expect(client.exec({ path: 'nope', args: [] }, silent, patience())).rejects.toMatchObject({
        code: 'agent-failed',
        message: 'no such program',
      });
    });

    it('gives up a command when it is called off', async () => {
      const cancelled = event();
      await serve((call) => {
        call.on('cancelled', () => cancelled.resolve(undefined));
        call.once('data', () => say(call, 'started'));
      });
      const stop = new AbortController();
      const running = client.exec(
        { path: 'sleep', args: ['600'] },
        listener(() => stop.abort()),
        stop.signal,
      );
      await expect(running).rejects.toMatchObject({ code: 'cancelled' });
      await cancelled.promise;
    });

    it('asks for the address', async () => {
      let ip = '192.168.64.9';
      await serve(echo, () => ip);
      expect(await client.address(patience())).toMatchObject({ ip, source: 'agent' });
      ip = '';
      await expect(client.address(patience())).rejects.toMatchObject({ code: 'no-address' });
      await expect(client.ping(patience())).resolves.toBeUndefined();
    });

    it('says that an agent has no such question', async () => {
      await serve(echo);
      await expect(client.address(patience())).rejects.toMatchObject({ code: 'not-supported' });
    });

    it('does not take something else for the agent', async () => {
      await serveRaw((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
      await expect(client.ping(patience())).rejects.toMatchObject({ code: expect.stringMatching(/^agent-/) as string });
    });

    it('waits for a silent guest no longer than it is let', async () => {
      await serveRaw(() => undefined);
      await expect(client.ping(AbortSignal.timeout(300))).rejects.toMatchObject({
        code: expect.stringMatching(/^(timeout|cancelled)$/) as string,
      });
    });
  },
);
