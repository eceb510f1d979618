import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { formatIpv4, isReachable, parseIpv4 } from '../network/ipv4.ts';
import { AgentRefusal, type QemuAgent } from './qemu-agent.ts';
import { listOf } from './list-of.ts';

/** A process id, or what Windows has for one. */
const startedSchema = z.object({ pid: z.int().nonnegative() });
/** Signed or unsigned 32 bits: Linux has eight bits, Windows an unsigned long. */
const exitCodeSchema = z
  .int()
  .min(-(2 ** 31))
  .max(2 ** 32 - 1);
const base64Schema = z
  .string()
  .refine((text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text), 'is not base64');
const statusSchema = z.object({
  exited: z.boolean(),
  exitcode: exitCodeSchema.optional(),
  signal: z.int().optional(),
  'out-data': base64Schema.optional(),
  'err-data': base64Schema.optional(),
  'out-truncated': z.boolean().optional(),
  'err-truncated': z.boolean().optional(),
});
/** More than any guest has; one that says more says nothing. */
const maxInterfaces = 1000;
const interfacesSchema = listOf(
  maxInterfaces,
  z.object({
    name: z.string(),
    'ip-addresses': listOf(
      maxInterfaces,
      z.object({ 'ip-address': z.string(), 'ip-address-type': z.string() }),
    ).default([]),
  }),
);

/** Most input that one command can have: the agent takes it whole, in one message. */
export const maxInputBytes = 8 * 1024 ** 2;

/** Pauses between questions whether a program has ended: short ones for short programs, then half a second. */
const firstPauseMs = 10;
const maxPauseMs = 500;

export interface ExecOutcome {
  /** In signed 32 bits; -1 if a signal ended it. */
  exitCode: number;
  stdout: Buffer;
  stderr: Buffer;
  /** The agent keeps at most 16 MiB of each stream. */
  truncated: boolean;
}

/**
 * Runs a program in the guest without a shell, found by the agent's own PATH. Its output is there when it has ended,
 * since the agent gives none before. Calling off ends the waiting, and the program goes on.
 * @throws AppError `agent-unavailable`, `agent-failed` with the agent's words, `timeout`
 */
export async function execInGuest(
  agent: QemuAgent,
  command: { path: string; args: readonly string[]; input?: Buffer | undefined },
  signal: AbortSignal,
): Promise<ExecOutcome> {
  const { pid } = await withUserErrors(`“${command.path}” was not run`, () =>
    agent.ask(startedSchema, 'guest-exec', execArguments(command), signal),
  );
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, maxPauseMs)) {
    const status = await withUserErrors(`“${command.path}” was lost sight of`, () =>
      // A large output takes its time over a serial line.
      agent.ask(statusSchema, 'guest-exec-status', { pid }, signal, 120_000),
    );
    if (status.exited) return outcome(status);
    await delay(pauseMs, undefined, { signal });
  }
}

function execArguments({ path, args, input }: { path: string; args: readonly string[]; input?: Buffer | undefined }) {
  return {
    path,
    arg: args,
    'capture-output': true,
    ...(input === undefined ? {} : { 'input-data': input.toString('base64') }),
  };
}

function outcome(status: z.infer<typeof statusSchema>): ExecOutcome {
  return {
    // What gRPC has room for; the bits are the same.
    exitCode: (status.exitcode ?? -1) | 0,
    stdout: Buffer.from(status['out-data'] ?? '', 'base64'),
    stderr: Buffer.from(status['err-data'] ?? '', 'base64'),
    truncated: status['out-truncated'] === true || status['err-truncated'] === true,
  };
}

/**
 * The guest's first IPv4 address that others may reach: neither its loopback nor one that it made up for lack of DHCP.
 * @throws AppError `no-address`, `agent-unavailable`, `agent-failed`, `timeout`
 */
export async function guestAddress(agent: QemuAgent, signal: AbortSignal): Promise<string> {
  const interfaces = await withUserErrors('The guest did not report its addresses', () =>
    agent.ask(interfacesSchema, 'guest-network-get-interfaces', undefined, signal),
  );
  const address = firstGlobalIpv4(
    interfaces.flatMap(({ name, 'ip-addresses': addresses }) =>
      addresses.map((one) => ({ interface: name, ip: one['ip-address'], type: one['ip-address-type'] })),
    ),
  );
  if (address !== undefined) return address;
  throw new AppError('no-address', 'The guest has no IPv4 address yet.', {
    hint: 'Check that its network is set up by DHCP.',
    retry: true,
  });
}

/** The first that is an address at all, and one that a guest can be reached at. Bridges of containers come after real cards. */
export function firstGlobalIpv4(
  addresses: readonly { interface: string; ip: string; type: string }[],
): string | undefined {
  const global = addresses.flatMap(({ interface: card, ip, type }) => {
    const address = type === 'ipv4' ? parseIpv4(ip) : undefined;
    return address !== undefined && isReachable(address) ? [{ card, ip: formatIpv4(address) }] : [];
  });
  const inner = /^(docker|br-|veth|virbr|podman|cni|flannel|lxc)/;
  return (global.find(({ card }) => !inner.test(card)) ?? global[0])?.ip;
}

/** Answers if the agent does. */
export async function pingGuest(agent: QemuAgent, signal: AbortSignal): Promise<void> {
  await withUserErrors('The agent in the guest does not answer', () =>
    agent.ask(z.unknown(), 'guest-ping', undefined, signal),
  );
}

/** Sets the guest's clock by the host's; a guest that slept is late by as long. */
export async function setGuestTime(agent: QemuAgent, signal: AbortSignal): Promise<void> {
  // In nanoseconds: more than a double can count exactly, by less than a microsecond.
  await withUserErrors("The guest's clock was not set", () =>
    agent.ask(z.unknown(), 'guest-set-time', { time: Date.now() * 1_000_000 }, signal),
  );
}

const openedSchema = z.int();
const writtenSchema = z.object({ count: z.int().nonnegative() });
/** A piece of a file is written before the next is asked for; over a serial line of an emulated guest that takes time. */
const fileLimitMs = 60_000;

/** Opens a new file in the guest for writing, and gives the agent's number for it. @throws AppError `agent-failed` */
export async function openGuestFile(agent: QemuAgent, path: string, signal: AbortSignal): Promise<number> {
  return await withUserErrors(`${path} was not made in the guest`, () =>
    agent.ask(openedSchema, 'guest-file-open', { path, mode: 'w' }, signal),
  );
}

/** Writes the next bytes of a file in the guest. @throws AppError `agent-failed`, e.g. when its disk is full */
export async function writeGuestFile(
  agent: QemuAgent,
  file: number,
  bytes: Buffer,
  signal: AbortSignal,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const rest = bytes.subarray(done).toString('base64');
    const { count } = await withUserErrors('The file was not written in the guest', () =>
      agent.ask(writtenSchema, 'guest-file-write', { handle: file, 'buf-b64': rest }, signal, fileLimitMs),
    );
    if (count <= 0) throw new AppError('agent-failed', 'The file was not written in the guest: its disk may be full.');
    done += count;
  }
}

/** @throws AppError `agent-failed`: only now it may show that the disk is full */
export async function closeGuestFile(agent: QemuAgent, file: number, signal: AbortSignal): Promise<void> {
  await withUserErrors('The file was not written in the guest', async () => {
    await agent.ask(z.unknown(), 'guest-file-flush', { handle: file }, signal, fileLimitMs);
    await agent.ask(z.unknown(), 'guest-file-close', { handle: file }, signal, fileLimitMs);
  });
}

async function withUserErrors<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AgentRefusal)) throw error;
    throw new AppError('agent-failed', `${what}: ${error.message}`, { cause: error });
  }
}
