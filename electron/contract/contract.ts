import { z } from 'zod';
import type { SessionEnd } from './browser-sessions.ts';
import { doctorProcedures } from './doctor.ts';
import { errorInfoSchema } from './errors.ts';
import { hostProcedures, hostSchema } from './host.ts';
import { imageProcedures, imageSchema, registryProcedures } from './images.ts';
import { transferProcedures } from './imports.ts';
import { jobSchema } from './job.ts';
import { jobProcedures } from './jobs.ts';
import { macProcedures } from './macos.ts';
import { targetSchema, vmIdSchema, vmSchema } from './machine.ts';
import { networkProcedures } from './network.ts';
import type { ProcedureTable } from './procedure.ts';
import { settingsProcedures, settingsReportSchema } from './settings.ts';
import { supervisionProcedures } from './supervision-procedures.ts';
import { machineProcedures, vmProcedures } from './vms.ts';

/**
 * Everything that an interface can ask for. A new procedure is one entry in the table of its area, and its operation in
 * `electron/operations/`; the client's type follows.
 */
export const procedures = {
  ...vmProcedures,
  ...machineProcedures,
  ...imageProcedures,
  ...registryProcedures,
  ...transferProcedures,
  ...macProcedures,
  ...jobProcedures,
  ...networkProcedures,
  ...doctorProcedures,
  ...supervisionProcedures,
  ...settingsProcedures,
  ...hostProcedures,
} as const satisfies ProcedureTable;

/** What is told unasked. Payloads are whole: a receiver replaces what it had. */
export const events = {
  'vm.changed': z.object({ vm: vmSchema }),
  'vm.removed': z.object({ id: vmIdSchema }),
  /** Several at once, e.g. when a home appears: the list replaces everything. */
  'vms.replaced': z.object({ vms: z.array(vmSchema) }),
  /** The cache of images is another one now. */
  'images.replaced': z.object({ images: z.array(imageSchema) }),
  'job.changed': z.object({ job: jobSchema }),
  'job.removed': z.object({ jobId: z.string() }),
  'host.changed': z.object({ host: hostSchema }),
  /** Whoever changed them: this window, another, a terminal, or an editor. */
  'settings.changed': z.object({ report: settingsReportSchema }),
  /** Something went wrong that no call is waiting for. */
  notice: z.object({ error: errorInfoSchema }),
} as const satisfies Record<string, z.ZodType>;

/** Streams of bytes, both ways, opened by name on the same transport. */
export const channels = {
  /** RFB (VNC) as the hypervisor speaks it. */
  console: { input: targetSchema },
  /** The serial port: first what it said since the machine started (at most the last 1 MiB), then what comes. */
  serial: { input: targetSchema },
  /**
   * Runs a command in a guest, whichever program runs the VM; see `ExecFrame`. The command is in the first frame, since
   * input may stand in an address. Closing the channel ends the command.
   */
  exec: { input: targetSchema },
  /** Takes the bytes of an upload from `offset` on, which must be what `uploads.begin` said has come. */
  upload: { input: z.object({ uploadId: z.uuid(), offset: z.number().int().min(0) }) },
} as const satisfies Record<string, { input: z.ZodType }>;

export type Procedures = typeof procedures;
export type ProcedureName = keyof Procedures;
export type ProcedureInput<N extends ProcedureName> = z.input<Procedures[N]['input']>;
/** What a handler receives: defaults filled in. */
export type ParsedInput<N extends ProcedureName> = z.output<Procedures[N]['input']>;
export type ProcedureOutput<N extends ProcedureName> = z.output<Procedures[N]['output']>;

export type EventName = keyof typeof events;
export type EventPayload<N extends EventName> = z.output<(typeof events)[N]>;
export type ChannelName = keyof typeof channels;
export type ChannelInput<N extends ChannelName> = z.output<(typeof channels)[N]['input']>;

/** One handler a procedure; `signal` aborts when the caller goes away or cancels. */
export type Handlers = {
  [N in ProcedureName]: (input: ParsedInput<N>, context: { signal: AbortSignal }) => Promise<ProcedureOutput<N>>;
};

/**
 * A two-way stream of bytes with flow control, as both ends of a channel see it. noVNC takes the renderer's end
 * through a small adapter.
 */
export interface ByteChannel {
  /** Resolves when more may be sent without piling up. */
  send(bytes: Uint8Array): Promise<void>;
  /** A listener that returns a promise is given no more until that resolves. */
  onData(listener: (bytes: Uint8Array) => void | Promise<void>): void;
  /** `reason` is absent for a normal end. Called once. */
  onClose(listener: (reason: string | undefined) => void): void;
  close(reason?: string): void;
}

/** What the services give to a transport. */
export interface Backend {
  handlers: Handlers;
  /** Calls `listener` for every event until the returned function is called. */
  subscribe(listener: <N extends EventName>(name: N, payload: EventPayload<N>) => void): () => void;
  /** Opens the far end of a channel; the transport joins it to the near one. Throws AppError. */
  openChannel<N extends ChannelName>(name: N, input: ChannelInput<N>, signal: AbortSignal): Promise<ByteChannel>;
  /** The file of a job that exported a machine, for a page to download; undefined if there is no such job. */
  exportedFile?(jobId: string): Promise<string | undefined>;
}

/** `over`: the browser is logged out. It does not connect again; only a page that is loaded anew may. */
export type ConnectionState = 'connecting' | 'connected' | 'lost' | 'over';

/** What an interface holds: the same over IPC and WebSocket. */
export interface Client {
  /** Throws AppError. */
  call<N extends ProcedureName>(
    name: N,
    input: ProcedureInput<N>,
    options?: { signal?: AbortSignal },
  ): Promise<ProcedureOutput<N>>;
  on<N extends EventName>(name: N, listener: (payload: EventPayload<N>) => void): () => void;
  openChannel<N extends ChannelName>(name: N, input: ChannelInput<N>): Promise<ByteChannel>;
  /** Whether the other side is there; events missed meanwhile are made up for by listing again after `connected`. */
  onConnection(listener: (state: ConnectionState) => void): () => void;
  /** Tries at once to get a lost connection back, instead of at the end of a pause; absent where it can't come back. */
  reconnect?(): void;
  /** Why the connection is `over`, if the other side has said so. */
  whyOver?(): SessionEnd | undefined;
}
