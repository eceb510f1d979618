import { z } from 'zod';
import type { SessionEnd } from './browser-sessions.ts';
import { checkResultSchema, diagnosisSchema } from './doctor.ts';
import { errorInfoSchema } from './errors.ts';
import { fileEntrySchema, hostSchema } from './host.ts';
import {
  catalogEntrySchema,
  imageDescriptionSchema,
  imageSchema,
  pruneReportSchema,
  pruneSchema,
  pullSchema,
  pushSchema,
  referenceSchema,
  registrySchema,
} from './images.ts';
import {
  exportReportSchema,
  exportSchema,
  guestFileSchema,
  importReportSchema,
  importSourceSchema,
  importStartSchema,
  uploadBeginSchema,
  uploadSchema,
} from './imports.ts';
import { jobSchema } from './job.ts';
import { macProcedures } from './macos.ts';
import { supervisionProcedures } from './supervision-procedures.ts';
import { vmEventSchema } from './vm-events.ts';
import { networkProcedures } from './network-procedures.ts';
import { openedPathsSchema } from './opened-paths.ts';
import { settingsProcedures, settingsReportSchema } from './settings.ts';
import { hostReachSchema, networkSchema, subnetCheckSchema } from './network.ts';
import {
  addressSchema,
  annotationChangesSchema,
  archSchema,
  displaySchema,
  usageSchema,
  vmIdSchema,
  vmSchema,
} from './machine.ts';

const target = z.object({ id: vmIdSchema });
const nothing = z.void();
/** Strict: a name passes the library's rules there, with a reason; this only bounds what is carried. */
const newName = z.string().min(1).max(255);
const picture = z.object({
  /** A PNG file, base64. */
  png: z.string(),
  width: z.number().int(),
  height: z.number().int(),
});

/** What a new VM is made from. Sizes in bytes. */
export const createSourceSchema = z.discriminatedUnion('from', [
  z.object({ from: z.literal('demo') }),
  z.object({ from: z.literal('iso'), isoPath: z.string().min(1).max(4096) }),
  z.object({ from: z.literal('empty') }),
]);
export type CreateSource = z.infer<typeof createSourceSchema>;

export const createSchema = z.object({
  name: newName,
  source: createSourceSchema,
  arch: archSchema.optional(),
  cpuCount: z.number().int().min(1).max(1024).optional(),
  memoryBytes: z.number().int().min(1).optional(),
  /** Ignored for the demo guest if smaller than its disk. */
  diskBytes: z.number().int().min(1).optional(),
  display: displaySchema.optional(),
  /** Start it as soon as it is made. */
  start: z.boolean().default(false),
});
export type CreateInput = z.input<typeof createSchema>;

/** Settings of config.json; absent means unchanged. The disk only grows. */
export const configureSchema = z.object({
  id: vmIdSchema,
  cpuCount: z.number().int().min(1).max(1024).optional(),
  memoryBytes: z.number().int().min(1).optional(),
  display: displaySchema.optional(),
  diskBytes: z.number().int().min(1).optional(),
  randomMac: z.boolean().optional(),
});

export const execResultSchema = z.object({ exitCode: z.number().int(), stdout: z.string(), stderr: z.string() });

/**
 * Everything that an interface can ask for. A new procedure is one entry here and one handler in
 * `electron/operations/handlers.ts`; the client's type follows.
 */
export const procedures = {
  'vms.list': { input: z.object({}), output: z.array(vmSchema) },
  'vms.get': { input: target, output: vmSchema },
  /** Whether a new VM may have this name; `reason` says why not. */
  'vms.checkName': {
    input: z.object({ name: z.string().max(1000) }),
    output: z.object({ reason: z.string().optional() }),
  },
  /** A free name close to the wish. */
  'vms.suggestName': { input: z.object({ wish: newName }), output: z.object({ name: z.string() }) },
  'vms.create': { input: createSchema, output: jobSchema },
  'vms.clone': { input: z.object({ id: vmIdSchema, name: newName }), output: jobSchema },
  'vms.rename': { input: z.object({ id: vmIdSchema, name: newName }), output: vmSchema },
  /** To the Trash where the host has one that can hold it, else for good if `permanently`. */
  'vms.delete': { input: z.object({ id: vmIdSchema, permanently: z.boolean().default(false) }), output: nothing },
  'vms.configure': { input: configureSchema, output: vmSchema },
  'vms.annotate': { input: z.object({ id: vmIdSchema, annotations: annotationChangesSchema }), output: vmSchema },
  /** What it opens outside of its folder, and its user has not allowed yet: without that it does not start. */
  'vms.pathsToAllow': { input: target, output: openedPathsSchema },
  /** Allows what the user was shown, and nothing else. */
  'vms.allowPaths': { input: target.extend({ paths: openedPathsSchema }), output: vmSchema },
  /** What happened to it, newest first. */
  'vms.events': {
    input: z.object({ id: vmIdSchema, max: z.number().int().min(1).max(1000).default(50) }),
    output: z.array(vmEventSchema),
  },
  /** The last picture of its screen; of a running machine, taken now. At most `maxWidth` pixels wide. */
  'vms.picture': {
    input: z.object({ id: vmIdSchema, maxWidth: z.number().int().min(64).max(8192).default(480) }),
    output: picture.nullable(),
  },

  'machines.start': { input: target, output: vmSchema },
  'machines.shutDown': { input: target, output: vmSchema },
  'machines.forceStop': { input: target, output: vmSchema },
  'machines.reset': { input: target, output: vmSchema },
  'machines.pause': { input: target, output: vmSchema },
  'machines.resume': { input: target, output: vmSchema },
  'machines.suspend': { input: target, output: vmSchema },
  /** Throws the saved state away; the disk stays as it was when the machine was suspended. */
  'machines.discardSuspended': { input: target, output: vmSchema },
  'machines.usage': { input: target, output: z.array(usageSchema) },
  'machines.address': { input: target, output: addressSchema },
  'machines.exec': {
    input: z.object({
      id: vmIdSchema,
      command: z.array(z.string().max(65_536)).min(1).max(1000),
      stdin: z.string().max(1_000_000).optional(),
    }),
    output: execResultSchema,
  },
  /** Whether an agent answers in the guest, for the console's status bar. */
  'machines.agent': { input: target, output: z.object({ available: z.boolean(), reason: z.string().optional() }) },

  /** Images of registries in the cache of the home, newest use first. */
  'images.list': { input: z.object({}), output: z.array(imageSchema) },
  /** Well-known images, for a person who has no reference at hand. */
  'images.catalog': { input: z.object({}), output: z.array(catalogEntrySchema) },
  /** Asks the registry. Throws `login-required` where it wants to know who asks. */
  'images.describe': {
    input: z.object({ reference: referenceSchema, insecure: z.boolean().default(false) }),
    output: imageDescriptionSchema,
  },
  /** Tags of a repository, newest first where the registry says so, else by name. */
  'images.tags': {
    input: z.object({ repository: referenceSchema, insecure: z.boolean().default(false) }),
    output: z.object({ tags: z.array(z.string()), more: z.boolean() }),
  },
  'images.pull': { input: pullSchema, output: jobSchema },
  /** A machine from an image that is here already. */
  'images.clone': {
    input: z.object({ id: z.string().max(1024), name: newName, start: z.boolean().default(false) }),
    output: jobSchema,
  },
  'images.push': { input: pushSchema, output: jobSchema },
  'images.pin': { input: z.object({ id: z.string().max(1024), pinned: z.boolean() }), output: nothing },
  'images.delete': { input: z.object({ ids: z.array(z.string().max(1024)).min(1).max(10_000) }), output: nothing },
  /** Compares images with their manifests, byte for byte, as a job that fails if one is not what it should be. */
  'images.verify': {
    input: z.object({ ids: z.array(z.string().max(1024)).min(1).max(10_000) }),
    output: jobSchema,
  },
  /** What a prune would take and leave, without touching anything. */
  'images.prunePreview': { input: pruneSchema, output: pruneReportSchema },
  'images.prune': { input: pruneSchema, output: jobSchema },

  'registries.list': { input: z.object({}), output: z.array(registrySchema) },
  /** Tries the name and password at the registry, then keeps them in the Keychain. */
  'registries.logIn': {
    input: z.object({
      host: z.string().min(1).max(255),
      username: z.string().min(1).max(8192),
      password: z.string().max(8192),
      insecure: z.boolean().default(false),
      validate: z.boolean().default(true),
    }),
    output: nothing,
  },
  'registries.logOut': { input: z.object({ host: z.string().min(1).max(255) }), output: nothing },

  /** What a file or folder is, told from its bytes, and what an import would make of it. Changes nothing. */
  'imports.inspect': { input: z.object({ source: importSourceSchema }), output: importReportSchema },
  /** Makes a machine of it, as a job. */
  'imports.start': { input: importStartSchema, output: jobSchema },
  'exports.inspect': { input: exportSchema.omit({ overwrite: true }), output: exportReportSchema },
  'exports.start': { input: exportSchema, output: jobSchema },
  /** Makes room for a file that a page will send; asked again with the same id, says how much has come. */
  'uploads.begin': { input: uploadBeginSchema, output: uploadSchema },
  'uploads.discard': { input: z.object({ uploadId: z.uuid() }), output: nothing },
  /** Sends a file into a running guest through its agent, as a job. */
  'guestFiles.send': { input: guestFileSchema, output: jobSchema },

  ...macProcedures,

  'jobs.list': { input: z.object({}), output: z.array(jobSchema) },
  /** Holds a job that can go on later; what it has done is kept, also after a restart. */
  'jobs.pause': { input: z.object({ jobId: z.string() }), output: nothing },
  'jobs.resume': { input: z.object({ jobId: z.string() }), output: nothing },
  'jobs.cancel': { input: z.object({ jobId: z.string() }), output: nothing },
  'jobs.retry': { input: z.object({ jobId: z.string() }), output: jobSchema },
  /** Takes ended jobs off the list: one, or all that ended. */
  'jobs.dismiss': { input: z.object({ jobId: z.string().optional() }), output: nothing },

  'network.get': { input: z.object({}), output: networkSchema },
  /** What would come of it; nothing is changed. */
  'network.checkSubnet': {
    input: z.object({ address: z.string().max(100), mask: z.string().max(100) }),
    output: subnetCheckSchema,
  },
  /** Each asks for an administrator, once, and answers with the network as it is then. */
  'network.setSubnet': {
    input: z.object({ address: z.string().max(100), mask: z.string().max(100) }),
    output: networkSchema,
  },
  'network.resetSubnet': { input: z.object({}), output: networkSchema },
  'network.setLeaseTime': { input: z.object({ seconds: z.number().int() }), output: networkSchema },
  'network.clearLeases': { input: z.object({ which: z.enum(['expired', 'all']) }), output: networkSchema },
  /** Tries from inside a guest, through its agent; `address` is the host as the guest sees it unless given. */
  'network.tryHost': {
    input: target.extend({ address: z.ipv4().optional(), port: z.number().int().min(1).max(65_535) }),
    output: hostReachSchema,
  },

  ...networkProcedures,

  /** Looks at everything now. */
  'doctor.examine': { input: z.object({}), output: diagnosisSchema },
  /** Carries out a cure that the check still offers, and looks again. */
  'doctor.fix': { input: z.object({ checkId: z.string(), fixId: z.string() }), output: checkResultSchema },
  /** Text for a bug report: what the doctor found, versions, the log; with nothing secret in it. */
  'doctor.diagnostics': { input: z.object({}), output: z.object({ fileName: z.string(), text: z.string() }) },

  ...supervisionProcedures,

  ...settingsProcedures,

  'host.get': { input: z.object({}), output: hostSchema },
  /** A folder of the host for the file chooser: folders, and files whose name ends in one of `extensions`. */
  'host.listFolder': {
    input: z.object({ path: z.string().max(4096), extensions: z.array(z.string()).default([]) }),
    output: z.object({ path: z.string(), parent: z.string().optional(), entries: z.array(fileEntrySchema) }),
  },
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;

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
  console: { input: target },
  /** The serial port: first what it said since the machine started (at most the last 1 MiB), then what comes. */
  serial: { input: target },
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
