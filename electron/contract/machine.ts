import { z } from 'zod';
import { errorInfoSchema } from './errors.ts';
import { healthSettingsSchema, supervisionSchema, scheduleEntrySchema } from './supervision.ts';
import { defaultNetwork, networkSettingsSchema } from './network-settings.ts';
import { timeSchema } from './time.ts';

export { timeSchema };

/**
 * Opaque to everyone but the library: says the place (this host, later others) and the VM there. A name of 255 bytes
 * takes up to three times as many characters in it.
 */
export const vmIdSchema = z.string().min(1).max(1000);
export type VmId = z.infer<typeof vmIdSchema>;

export const osSchema = z.enum(['darwin', 'linux']);
export const archSchema = z.enum(['arm64', 'amd64']);
export type GuestOs = z.infer<typeof osSchema>;
export type GuestArch = z.infer<typeof archSchema>;

/**
 * What a machine is doing. Each phase carries only what is true in it.
 *
 *     stopped ────start──▶ starting ──┐
 *     suspended ──start──▶ restoring ─┴▶ running ──pause──▶ pausing ─▶ paused
 *                                        running ◀─ resuming ◀──resume── paused
 *     running, paused ──suspend──▶ saving ─▶ suspended     (if it fails: back to where it was)
 *     running, paused ──shut down──▶ stopping ─▶ stopped   (if the guest ignores it: running)
 *     all but saving ──force stop──▶ stopping ─▶ stopped
 *     all ──ends by itself──▶ stopped, or failed with the reason
 */
export const machineStateSchema = z.discriminatedUnion('phase', [
  z.object({ phase: z.literal('stopped') }),
  z.object({ phase: z.literal('starting'), since: timeSchema }),
  z.object({
    phase: z.literal('running'),
    since: timeSchema,
    /** `elsewhere`: another program holds the lock, so it can be asked to stop but not shown. */
    owner: z.enum(['tatin', 'elsewhere']),
    pid: z.number().int(),
    /** Something that the user should know while it runs, e.g. that its guest has no network. */
    warning: z.string().optional(),
  }),
  z.object({ phase: z.literal('pausing'), since: timeSchema }),
  z.object({
    phase: z.literal('paused'),
    since: timeSchema,
    /** Why it paused, if the user did not ask: the host's disk is full. */
    error: errorInfoSchema.optional(),
  }),
  z.object({ phase: z.literal('resuming'), since: timeSchema }),
  z.object({ phase: z.literal('saving'), since: timeSchema }),
  z.object({ phase: z.literal('suspended'), since: timeSchema }),
  z.object({ phase: z.literal('restoring'), since: timeSchema }),
  z.object({ phase: z.literal('stopping'), since: timeSchema, how: z.enum(['asked', 'forced']) }),
  z.object({ phase: z.literal('failed'), since: timeSchema, error: errorInfoSchema }),
]);
export type MachineState = z.infer<typeof machineStateSchema>;
export type Phase = MachineState['phase'];

/** A TCP port of the host's loopback (or `hostAddress`) that leads to one of the guest. */
export const portForwardSchema = z.object({
  protocol: z.enum(['tcp', 'udp']).default('tcp'),
  hostAddress: z.ipv4().default('127.0.0.1'),
  hostPort: z.number().int().min(1).max(65535),
  guestPort: z.number().int().min(1).max(65535),
  label: z.string().max(40).default(''),
});
export type PortForward = z.infer<typeof portForwardSchema>;

/** A folder of the host that the guest sees under `name`. `path` is absolute. */
export const sharedFolderSchema = z.object({
  name: z.string().min(1).max(36),
  path: z.string().min(1).max(4096),
  readOnly: z.boolean().default(false),
});
export type SharedFolder = z.infer<typeof sharedFolderSchema>;

/** A further disk or an installer disc. `path` is absolute. */
export const extraDiskSchema = z.object({
  path: z.string().min(1).max(4096),
  readOnly: z.boolean().default(false),
});
export type ExtraDisk = z.infer<typeof extraDiskSchema>;

export const tagSchema = z
  .string()
  .trim()
  .min(1)
  .max(40)
  .regex(/^[^,\p{Cc}]+$/u, 'A tag has no comma and no control character.');

export const displaySchema = z.object({
  width: z.number().int().min(320).max(8192),
  height: z.number().int().min(200).max(8192),
  unit: z.enum(['pt', 'px']).optional(),
});
export type Display = z.infer<typeof displaySchema>;

const annotationFields = {
  notes: z.string().max(20_000),
  tags: z.array(tagSchema).max(50),
  /** What runs inside, as a person would say it: "Demo Linux 1", "Debian 12". */
  system: z.string().max(80),
  portForwards: z.array(portForwardSchema).max(64),
  network: networkSettingsSchema,
  /** It may run guests itself, where this host and its own kind can. */
  nested: z.boolean(),
  sharedFolders: z.array(sharedFolderSchema).max(32),
  extraDisks: z.array(extraDiskSchema).max(16),
  /** Started when Tatin starts: the app, or its service at login. */
  autostart: z.boolean(),
  /** What happens when it ends without anybody asking: `always` starts it again also after it shut itself down. */
  restart: z.enum(['never', 'on-failure', 'always']),
  /** How it is found out whether the guest works; null: not at all. */
  health: healthSettingsSchema.nullable(),
  /** When it is started and suspended by itself. */
  schedule: z.array(scheduleEntrySchema).max(32),
};

/** What Tart has no place for, kept in `tatin.json` beside config.json. Every field may be missing there. */
export const annotationsSchema = z.object({
  notes: annotationFields.notes.default(''),
  tags: annotationFields.tags.default([]),
  system: annotationFields.system.default(''),
  portForwards: annotationFields.portForwards.default([]),
  network: annotationFields.network.default(defaultNetwork),
  nested: annotationFields.nested.default(false),
  sharedFolders: annotationFields.sharedFolders.default([]),
  extraDisks: annotationFields.extraDisks.default([]),
  autostart: annotationFields.autostart.default(false),
  restart: annotationFields.restart.default('never'),
  health: annotationFields.health.default(null),
  schedule: annotationFields.schedule.default([]),
  /** The image that it was made from, `host/namespace@sha256:...`; set when it is made. */
  image: z.string().max(1024).optional(),
});
export type Annotations = z.infer<typeof annotationsSchema>;

/** Fields to replace; what is absent stays. Not `annotationsSchema.partial()`, which would fill in the defaults. */
export const annotationChangesSchema = z.object(annotationFields).partial();
export type AnnotationChanges = z.infer<typeof annotationChangesSchema>;

/** Where the guest can be reached, and how that is known. */
export const addressSchema = z.object({
  ip: z.ipv4(),
  source: z.enum(['agent', 'dhcp', 'arp', 'user-network']),
  /** When it was learned. */
  at: timeSchema,
});
export type Address = z.infer<typeof addressSchema>;

/** A VM of the library, whole: the row in the list, the card, the inspector. */
export const vmSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('machine'),
    id: vmIdSchema,
    /** The folder's name, which is the name that Tart uses. */
    name: z.string(),
    /** Absolute path of the VM's folder. */
    folder: z.string(),
    os: osSchema,
    arch: archSchema,
    cpuCount: z.number().int(),
    memoryBytes: z.number().int(),
    macAddress: z.string(),
    /** As config.json says, also where it is odd. */
    display: z.object({ width: z.number().int(), height: z.number().int(), unit: z.enum(['pt', 'px']).optional() }),
    diskFormat: z.enum(['raw', 'asif']),
    /** Length of the disk as the guest sees it, in bytes. */
    diskBytes: z.number().int(),
    /** What the VM's files take on the host, in bytes (config, disk, NVRAM). */
    allocatedBytes: z.number().int(),
    accessedAt: timeSchema,
    state: machineStateSchema,
    /** Whether it goes on without the Tatin that runs it; absent where none does. */
    survivesApp: z.boolean().optional(),
    /** Why this host can't run it, if so. */
    notRunnable: z.string().optional(),
    address: addressSchema.optional(),
    annotations: annotationsSchema,
    /** How it is looked after now, by whichever Tatin does; absent while there is nothing to tell. */
    supervision: supervisionSchema.optional(),
    /** Changes whenever something is added to its events; absent while there are none. */
    eventsVersion: z.string().optional(),
    /** Changes whenever the kept picture of its screen does; absent while there is none. */
    pictureVersion: z.string().optional(),
  }),
  z.object({
    kind: z.literal('unreadable'),
    id: vmIdSchema,
    name: z.string(),
    folder: z.string(),
    allocatedBytes: z.number().int(),
    accessedAt: timeSchema,
    /** One line that says what is wrong: "config.json ends in line 14". */
    reason: z.string(),
  }),
]);
export type Vm = z.infer<typeof vmSchema>;
export type MachineVm = Extract<Vm, { kind: 'machine' }>;

/** Use of the host by a running machine, one sample. */
export const usageSchema = z.object({
  at: timeSchema,
  /** Share of the machine's own CPUs, 0 to 1. */
  cpuFraction: z.number().min(0),
  /** Host memory held by it, in bytes. */
  memoryBytes: z.number().int(),
});
export type Usage = z.infer<typeof usageSchema>;

/** Which VM is meant. */
export const targetSchema = z.object({ id: vmIdSchema });

/**
 * How much of the cache may go, not used for longest first, so that the guest of a new copy can write to its disk later;
 * in bytes. The default is that of `tart clone`.
 */
export const pruneLimitSchema = z
  .number()
  .int()
  .min(0)
  .default(100 * 1024 ** 3);

/** Strict: a name passes the library's rules there, with a reason; this only bounds what is carried. */
export const newNameSchema = z.string().min(1).max(255);
