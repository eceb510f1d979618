import { z } from 'zod';
import { commandSchema } from './exec-frames.ts';
import { openedPathsSchema } from './opened-paths.ts';
import {
  addressSchema,
  annotationChangesSchema,
  archSchema,
  displaySchema,
  newNameSchema,
  pruneLimitSchema,
  targetSchema,
  usageSchema,
  vmIdSchema,
  vmSchema,
} from './machine.ts';
import { longProcedure, type ProcedureTable } from './procedure.ts';
import { vmEventSchema } from './vm-events.ts';

const picture = z.object({
  /** A PNG file, base64. */
  png: z.string(),
  width: z.number().int(),
  height: z.number().int(),
});

/** What a new VM is made from. Sizes in bytes. */
const createSourceSchema = z.discriminatedUnion('from', [
  z.object({ from: z.literal('demo') }),
  z.object({ from: z.literal('iso'), isoPath: z.string().min(1).max(4096) }),
  z.object({ from: z.literal('empty') }),
]);
export type CreateSource = z.infer<typeof createSourceSchema>;

const createSchema = z.object({
  name: newNameSchema,
  source: createSourceSchema,
  arch: archSchema.optional(),
  cpuCount: z.number().int().min(1).max(65_535).optional(),
  memoryBytes: z.number().int().min(1).optional(),
  /** Ignored for the demo guest if smaller than its disk. */
  diskBytes: z.number().int().min(1).optional(),
  display: displaySchema.optional(),
  /** `asif`, Apple's sparse format, needs macOS 26; the demo guest's disk is raw. */
  diskFormat: z.enum(['raw', 'asif']).default('raw'),
  /** Start it as soon as it is made. */
  start: z.boolean().default(false),
});
export type CreateInput = z.input<typeof createSchema>;

/** A length in points or pixels that Tart's config.json can have. */
const displayLength = z.number().int().min(1).max(99_999);

/** Settings of config.json; absent means unchanged. The disk only grows. */
const configureSchema = z.object({
  id: vmIdSchema,
  cpuCount: z.number().int().min(1).max(65_535).optional(),
  memoryBytes: z.number().int().min(1).optional(),
  display: displaySchema.extend({ width: displayLength, height: displayLength }).optional(),
  /** Whether the display follows the size of its window. */
  displayRefit: z.boolean().optional(),
  diskBytes: z.number().int().min(1).optional(),
  randomMac: z.boolean().optional(),
});

const execResultSchema = z.object({ exitCode: z.number().int(), stdout: z.string(), stderr: z.string() });

/** Where rows come from, see `vms.list`. */
const rowSourceSchema = z.enum(['machines', 'disk']).default('machines');

/** What can be asked of the folder of a VM, whether it runs or not. */
export const vmProcedures = {
  /**
   * All VMs by name. `disk`: only what folders and locks say, without a word from the machines behind them, which is quick:
   * no addresses, and a state of running, suspended or stopped.
   */
  'vms.list': {
    input: z.object({ from: rowSourceSchema }),
    output: z.array(vmSchema),
  },
  /** @param markUsed counts as a use of the VM, which pruning asks for; `from` as in `vms.list` */
  'vms.get': {
    input: targetSchema.extend({ from: rowSourceSchema, markUsed: z.boolean().default(false) }),
    output: vmSchema,
  },
  /** Whether a new VM may have this name; `reason` says why not. */
  'vms.checkName': {
    input: z.object({ name: z.string().max(1000) }),
    output: z.object({ reason: z.string().optional() }),
  },
  /** A free name: the suggestion itself, or close to it. */
  'vms.suggestName': { input: z.object({ suggestion: newNameSchema }), output: z.object({ name: z.string() }) },
  'vms.create': longProcedure(createSchema, z.void()),
  'vms.clone': longProcedure(
    z.object({ id: vmIdSchema, name: newNameSchema, pruneLimitBytes: pruneLimitSchema }),
    z.void(),
  ),
  'vms.rename': { input: z.object({ id: vmIdSchema, name: newNameSchema }), output: vmSchema },
  /** To the Trash where the host has one that can hold it, else for good if `permanently`. */
  'vms.delete': { input: z.object({ id: vmIdSchema, permanently: z.boolean().default(false) }), output: z.void() },
  'vms.configure': { input: configureSchema, output: vmSchema },
  /**
   * As `vms.configure`, with a copy of a raw image in place of the disk: until the copy is whole, the VM keeps its disk.
   * `imagePath` is absolute; `diskBytes` is the length that the new disk grows to.
   */
  'vms.replaceDisk': longProcedure(configureSchema.extend({ imagePath: z.string().min(1).max(4096) }), z.void()),
  'vms.annotate': { input: z.object({ id: vmIdSchema, annotations: annotationChangesSchema }), output: vmSchema },
  /** What it opens outside of its folder, and its user has not allowed yet: without that it does not start. */
  'vms.pathsToAllow': { input: targetSchema, output: openedPathsSchema },
  /** Allows what the user was shown, and nothing else. */
  'vms.allowPaths': { input: targetSchema.extend({ paths: openedPathsSchema }), output: vmSchema },
  /** What happened to it, newest first. */
  'vms.events': {
    input: z.object({ id: vmIdSchema, max: z.number().int().min(1).max(65_535).default(50) }),
    output: z.array(vmEventSchema),
  },
  /** The last picture of its screen; of a running machine, taken now. At most `maxWidth` pixels wide. `live`: only of one that runs. */
  'vms.picture': {
    input: z.object({
      id: vmIdSchema,
      maxWidth: z.number().int().min(64).max(8192).default(480),
      live: z.boolean().default(false),
    }),
    output: picture.nullable(),
  },
} as const satisfies ProcedureTable;

/** What can be asked of a VM that runs, or is to run. */
export const machineProcedures = {
  'machines.start': { input: targetSchema, output: vmSchema },
  'machines.shutDown': { input: targetSchema, output: vmSchema },
  'machines.forceStop': { input: targetSchema, output: vmSchema },
  'machines.reset': { input: targetSchema, output: vmSchema },
  'machines.pause': { input: targetSchema, output: vmSchema },
  'machines.resume': { input: targetSchema, output: vmSchema },
  /**
   * Asks the guest to shut down, and turns it off if it has not within the time; of a suspended machine the saved state is
   * discarded. Resolves when it is off, whatever program runs it.
   */
  'machines.stop': {
    input: targetSchema.extend({
      /** How long the guest may take; 0 turns it off at once. */
      timeoutSeconds: z.number().int().min(0).max(65_535).default(30),
    }),
    output: z.object({
      /** `shut-down`: the guest did it; `turned-off`: it did not; `discarded`: it was suspended. */
      outcome: z.enum(['shut-down', 'turned-off', 'discarded']),
    }),
  },
  /** Saves the state and ends the process, whatever program runs it: Tart's run answers the signal for it too. */
  'machines.suspend': { input: targetSchema, output: vmSchema },
  /** Throws the saved state away; the disk stays as it was when the machine was suspended. */
  'machines.discardSuspended': { input: targetSchema, output: vmSchema },
  'machines.usage': { input: targetSchema, output: z.array(usageSchema) },
  /** Waits until there is one, for at most `waitSeconds`. Throws `no-address` with the likeliest reason. */
  'machines.address': {
    input: targetSchema.extend({
      /** Where to look: what the guest's agent says, what this Mac's DHCP server gave out, or what it heard by ARP. Default: all. */
      resolver: z.enum(['agent', 'dhcp', 'arp']).optional(),
      waitSeconds: z.number().int().min(0).max(65_535).default(0),
    }),
    output: addressSchema,
  },
  'machines.exec': {
    input: z.object({
      id: vmIdSchema,
      command: commandSchema,
      stdin: z.string().max(1_000_000).optional(),
    }),
    output: execResultSchema,
  },
  /** Whether an agent answers in the guest, for the console's status bar. */
  'machines.agent': {
    input: targetSchema,
    output: z.object({ available: z.boolean(), reason: z.string().optional() }),
  },
} as const satisfies ProcedureTable;
