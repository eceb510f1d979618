import { once } from 'node:events';
import { createServer as createWebServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { AppError } from '../contract/errors.ts';
import { type HealthCheck, healthCheckSchema } from '../contract/supervision.ts';
import { annotationsSchema, type MachineVm } from '../contract/machine.ts';
import type { GuestAgent } from '../guest/guest-agent.ts';
import type { Look } from './health-rule.ts';
import { listeningPorts, probe } from './probe.ts';
import { type Route, routeTo } from './route.ts';

/** Longer than any answer of this computer to itself takes, however busy it is. */
const timeoutMs = 60_000;
/** For what never answers: a wait that a test can afford. */
const shortMs = 600;

/** An agent that answers so. */
function agent(answer: { ping?: () => Promise<void>; exec?: () => Promise<string> } = {}): GuestAgent {
  const refuse = (): Promise<never> =>
    Promise.reject(new AppError('agent-unavailable', 'No agent answers in the guest.'));
  return {
    ping: answer.ping ?? refuse,
    exec: async (_command, { stdout }) => {
      stdout(Buffer.from(await (answer.exec ?? refuse)()));
      return 0;
    },
    address: refuse,
  };
}

/** A server on this computer that treats each connection so, gone with the test. */
async function serve(take: (socket: Socket) => void): Promise<AsyncDisposable & { port: number }> {
  return await listening(createServer({ allowHalfOpen: true }, take));
}

async function listening(server: Server): Promise<AsyncDisposable & { port: number }> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const tcp: HealthCheck = { by: 'tcp', port: 22 };
const http = (path: string): HealthCheck => ({ by: 'http', port: 80, path });
const at = (port: number, kind: 'forward' | 'direct' = 'forward'): Route => ({ kind, host: '127.0.0.1', port });
const look = (check: HealthCheck, route: Route, limitMs = timeoutMs): Promise<Look> =>
  probe(check, { agent: agent(), route }, limitMs);
const failed = (reason: unknown): unknown => ({ kind: 'failed', reason });

describe('A check of the agent', () => {
  const inside: Route = { kind: 'inside' };
  const check: HealthCheck = { by: 'agent' };

  it('passes when it answers, and says what it said if not', async () => {
    expect(await probe(check, { agent: agent({ ping: () => Promise.resolve() }), route: inside }, timeoutMs)).toEqual({
      kind: 'passed',
    });
    expect(await probe(check, { agent: agent(), route: inside }, timeoutMs)).toEqual(
      failed('No agent answers in the guest.'),
    );
  });

  it('fails when it never answers', async () => {
    const silent = agent({ ping: () => new Promise(() => undefined) });
    expect(await probe(check, { agent: silent, route: inside }, 50)).toEqual(
      failed('The guest agent did not answer within 0.05 s.'),
    );
  });
});

describe('A check of a port', () => {
  it.each([
    ['that speaks first', (socket: Socket) => void socket.write('SSH-2.0\r\n')],
    [
      'that waits for a question, and closes when there is none',
      (socket: Socket) => void socket.resume().on('end', () => socket.end()),
    ],
  ])('passes behind a forward with a server %s', async (_kind, take) => {
    await using server = await serve(take);
    expect(await look(tcp, at(server.port))).toEqual({ kind: 'passed' });
  });

  it.each([
    ['closes at once', (socket: Socket) => void socket.end(), /^Nothing answers at port 22 of the guest/],
    ['breaks off', (socket: Socket) => void socket.resetAndDestroy(), /^Port 22 closed the connection/],
  ])('fails behind a forward that takes the connection and %s', async (_kind, take, reason) => {
    await using server = await serve(take);
    expect(await look(tcp, at(server.port))).toEqual(failed(expect.stringMatching(reason)));
  });

  it('fails behind a forward that takes the connection and never says anything, as before a guest that hangs', async () => {
    await using server = await serve((socket) => void socket.pause());
    expect(await look(tcp, at(server.port), shortMs)).toEqual(
      failed(expect.stringMatching(/^Port 22 did not answer within 0.6 s/)),
    );
  });

  it('takes the guest’s own word where nothing stands between', async () => {
    await using server = await serve((socket) => void socket.pause());
    expect(await look(tcp, at(server.port, 'direct'))).toEqual({ kind: 'passed' });
  });

  it('fails where nobody listens', async () => {
    const server = await serve(() => undefined);
    await server[Symbol.asyncDispose]();
    expect(await look(tcp, at(server.port, 'direct'))).toEqual(failed('Port 22 refused the connection.'));
  });
});

describe('A check of a web server', () => {
  it('passes with a page, fails with an error, and says which', async () => {
    const web = createWebServer((question, answer) => {
      answer.statusCode = question.url === '/fine' ? 204 : 503;
      answer.end();
    });
    await using server = await listening(web);
    expect(await look(http('/fine'), at(server.port))).toEqual({ kind: 'passed' });
    expect(await look(http('/health'), at(server.port))).toEqual(
      failed('/health at port 80 answered with status 503.'),
    );
  });

  it('fails when what answers is no web server, or answers nothing', async () => {
    await using other = await serve((socket) => void socket.end('SSH-2.0\r\n'));
    expect(await look(http('/'), at(other.port))).toEqual(
      failed(expect.stringMatching(/^The web server at port 80 did not answer/)),
    );
    await using silent = await serve((socket) => void socket.pause());
    expect(await look(http('/'), at(silent.port), shortMs)).toEqual(
      failed('The web server at port 80 did not answer within 0.6 s.'),
    );
  });

  it('can’t be made where nothing leads to it', async () => {
    const route: Route = { kind: 'none', reason: 'Nothing leads there.' };
    expect(await look(http('/'), route)).toEqual({ kind: 'unknown', reason: 'Nothing leads there.' });
  });
});

describe('A check from inside', () => {
  // As an Alpine guest with sshd and a web server on IPv6 says; the third of the first table is a connection, no server.
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4137 1 0 100 0 0 10 0
   1: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4140 1 0 100 0 0 10 0
   2: 0F02000A:D2F0 0202000A:01BB 01 00000000:00000000 02:000004B0 00000000     0        0 4199 2 0 20 4 30 10 -1
  sl  local_address                         remote_address                        st tx_queue rx_queue tr
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000
`;

  it('reads Linux’s own table', () => {
    expect([...listeningPorts(table)]).toEqual([22, 8000, 80]);
    expect([...listeningPorts('')]).toEqual([]);
  });

  it('passes where something listens, and can’t be made without an agent', async () => {
    const inside: Route = { kind: 'inside' };
    const told = agent({ exec: () => Promise.resolve(table) });
    expect(await probe(tcp, { agent: told, route: inside }, timeoutMs)).toEqual({ kind: 'passed' });
    expect(await probe({ by: 'tcp', port: 443 }, { agent: told, route: inside }, timeoutMs)).toEqual(
      failed('Nothing listens at port 443 of the guest.'),
    );
    expect(await probe(tcp, { agent: agent(), route: inside }, timeoutMs)).toMatchObject({ kind: 'unknown' });
  });
});

describe('The route to a port', () => {
  const forward = { protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 2222, guestPort: 22, label: '' } as const;
  const vm = (more: Partial<MachineVm>): Pick<MachineVm, 'annotations' | 'address' | 'os'> => ({
    os: 'linux',
    annotations: annotationsSchema.parse({}),
    ...more,
  });
  const address = (source: 'agent' | 'dhcp'): Partial<MachineVm> => ({
    address: { ip: '10.0.2.15', source, at: '2026-01-01T00:00:00.000Z' },
  });

  it.each([
    ['a forward', vm({ annotations: annotationsSchema.parse({ portForwards: [forward] }) }), true, at(2222)],
    ['the address on a Mac', vm(address('agent')), false, { kind: 'direct', host: '10.0.2.15', port: 22 }],
    ['the address on a bridge', vm(address('dhcp')), true, { kind: 'direct', host: '10.0.2.15', port: 22 }],
    ['the agent', vm(address('agent')), true, { kind: 'inside' }],
  ] as const)('is %s', (_way, machine, hasOwnNat, route) => {
    expect(routeTo(tcp, machine, hasOwnNat)).toEqual(route);
  });

  it('is none where nothing leads in, with what to do', () => {
    expect(routeTo(healthCheckSchema.parse(http('/')), vm({}), true)).toEqual({
      kind: 'none',
      reason: 'Nothing leads to port 80 of the guest. Forward it to this computer.',
    });
    expect(routeTo(tcp, vm({}), false).kind).toBe('none');
  });
});
