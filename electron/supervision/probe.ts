import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { codeOf } from '../files/error-codes.ts';
import { AppError } from '../contract/errors.ts';
import type { HealthCheck } from '../contract/supervision.ts';
import type { GuestAgent } from '../guest/guest-agent.ts';
import type { Look } from './health-rule.ts';
import type { Route } from './route.ts';

/** A guest that has no server at a port refuses at once, or as soon as a busy computer lets it; in milliseconds. */
const refusalMs = 1000;

/**
 * Makes one check of a guest. Never throws: what goes wrong is the answer.
 * @param route where the check's port is reached from here; not asked for with the agent alone
 */
export async function probe(
  check: HealthCheck,
  parts: { agent: GuestAgent; route: Route },
  timeoutMs: number,
): Promise<Look> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  const { signal } = controller;
  const lapsed = Promise.withResolvers<Look>();
  signal.addEventListener('abort', () =>
    lapsed.resolve({ kind: 'failed', reason: `${asked(check)} did not answer within ${timeoutMs / 1000} s.` }),
  );
  try {
    return await Promise.race([makeCheck(check, parts, { signal, timeoutMs }), lapsed.promise]);
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}

function asked(check: HealthCheck): string {
  if (check.by === 'agent') return 'The guest agent';
  return check.by === 'tcp' ? `Port ${check.port}` : `The web server at port ${check.port}`;
}

async function makeCheck(
  check: HealthCheck,
  { agent, route }: { agent: GuestAgent; route: Route },
  limit: Limit,
): Promise<Look> {
  const { signal } = limit;
  try {
    if (check.by === 'agent') await agent.ping(signal);
    else if (route.kind === 'none') return { kind: 'unknown', reason: route.reason };
    else if (route.kind === 'inside') return await listensInside(agent, check, signal);
    else if (check.by === 'tcp') await answersTcp(route, check.port, limit);
    else await answersHttp(route, check, signal);
    return { kind: 'passed' };
  } catch (error) {
    return { kind: 'failed', reason: reasonOf(error, check) };
  }
}

interface Limit {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Nobody answered, in words. */
class NoAnswer extends Error {}

function reasonOf(error: unknown, check: HealthCheck): string {
  if (error instanceof NoAnswer || error instanceof AppError) return error.message;
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return `${asked(check)} refused the connection.`;
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return `The guest can’t be reached (${code}).`;
  if (code === 'ECONNRESET' || code === 'EPIPE') return `${asked(check)} closed the connection.`;
  return `${asked(check)} did not answer: ${error instanceof Error ? error.message : String(error)}`;
}

type Reached = Extract<Route, { host: string }>;

/** The guest's own answer to a connection is enough; a forward takes one by itself, so there the server must say something. */
async function answersTcp(route: Reached, port: number, limit: Limit): Promise<void> {
  const { signal } = limit;
  const socket = connect({ host: route.host, port: route.port });
  const abort = (): void => void socket.destroy();
  signal.addEventListener('abort', abort);
  try {
    await once(socket, 'connect', { signal });
    if (route.kind === 'forward') await saysSomething(socket, port, limit);
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

/** Some servers speak first. The others are told that nothing will come, upon which they close in their turn. */
async function saysSomething(socket: Socket, port: number, { signal, timeoutMs }: Limit): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  let hasEnded = false;
  const timer = setTimeout(
    () => {
      hasEnded = true;
      socket.end();
    },
    Math.min(refusalMs, timeoutMs / 2),
  );
  socket.on('data', () => resolve(undefined));
  socket.on('error', reject);
  socket.on('end', () => {
    if (hasEnded) resolve(undefined);
    else reject(new NoAnswer(`Nothing answers at port ${port} of the guest.`));
  });
  signal.addEventListener('abort', () => reject(new NoAnswer('Cancelled.')), { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
  }
}

async function answersHttp(
  route: Reached,
  { path, port }: Extract<HealthCheck, { by: 'http' }>,
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const headers = { host: port === 80 ? 'localhost' : `localhost:${port}`, 'user-agent': 'Tatin' };
  const asking = request({ host: route.host, port: route.port, path, headers, signal, agent: false }, (response) => {
    response.resume();
    resolve(response.statusCode ?? 0);
  });
  asking.on('error', reject);
  asking.end();
  try {
    const status = await promise;
    if (status < 200 || status >= 400) throw new NoAnswer(`${path} at port ${port} answered with status ${status}.`);
  } finally {
    asking.destroy();
  }
}

/** Ten thousand sockets; what a guest says beyond that is not looked at. */
const maxTableBytes = 4 * 1024 ** 2;

/** Whether something listens at the port, as Linux itself says inside; for guests that nothing leads into. */
async function listensInside(
  agent: GuestAgent,
  { port }: Extract<HealthCheck, { port: number }>,
  signal: AbortSignal,
): Promise<Look> {
  let said = '';
  const command = { path: 'cat', args: ['/proc/net/tcp', '/proc/net/tcp6'] };
  const keep = (bytes: Uint8Array): void => {
    if (said.length < maxTableBytes) said += Buffer.from(bytes).toString('latin1');
  };
  try {
    await agent.exec(command, { stdout: keep, stderr: () => undefined }, signal);
  } catch (error) {
    const { code, message } = AppError.from(error);
    if (code === 'timeout') throw error;
    const reason = `Port ${port} is checked through the guest agent. ${message}`;
    return { kind: 'unknown', reason: `${reason} Forward the port to check it from this computer.` };
  }
  if (listeningPorts(said).has(port)) return { kind: 'passed' };
  return { kind: 'failed', reason: `Nothing listens at port ${port} of the guest.` };
}

/** Ports that somebody listens at, from Linux's `/proc/net/tcp`: state 0A is LISTEN (`include/net/tcp_states.h`). */
export function listeningPorts(text: string): ReadonlySet<number> {
  const ports = text.split('\n').flatMap((line) => {
    const [, port] = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A /.exec(line) ?? [];
    return port === undefined ? [] : [Number.parseInt(port, 16)];
  });
  return new Set(ports);
}
