import { z } from 'zod';
import { errorInfoSchema } from './errors.ts';
import { archSchema, osSchema, vmIdSchema } from './machine.ts';
import { longProcedure, type ProcedureTable } from './procedure.ts';

const hostPathSchema = z.string().min(1).max(4096);
const newName = z.string().min(1).max(255);

/** Where something to take in is: on the host, or sent by a page that can't name a path. */
const importSourceSchema = z.discriminatedUnion('from', [
  /** `path` is absolute. */
  z.object({ from: z.literal('path'), path: hostPathSchema }),
  z.object({
    from: z.literal('upload'),
    uploadId: z.uuid(),
    /** Of a folder that was sent: one thing in it, by its path there. Absent for all of it. */
    part: z.string().min(1).max(1024).optional(),
  }),
]);
export type ImportSource = z.infer<typeof importSourceSchema>;

const importKindSchema = z.enum([
  'tvm',
  'raw',
  'qcow2',
  'vmdk',
  'vdi',
  'vhd',
  'vhdx',
  'ova',
  'ovf',
  'compressed',
  'tart',
  'utm',
  'virtualbuddy',
]);
export type ImportKind = z.infer<typeof importKindSchema>;

/** A disk that an import makes. The first is the one that the machine boots from. */
const importDiskSchema = z.object({
  /** Its file, or its place in the archive. */
  name: z.string(),
  /** "QCOW2", "VMware (stream-optimized)", "raw", for a person. */
  format: z.string(),
  /** Length as the guest sees it, in bytes; 0 if nothing says so before it is unpacked. */
  bytes: z.number().int(),
  /** About what it will take on the host, in bytes. */
  allocatedBytes: z.number().int(),
});

/** A setting of the original that the machine will not have. */
const leftOutSchema = z.object({
  /** "Shared folders", "Sound card (intel-hda)" */
  setting: z.string(),
  /** Why, and where it can be set again if it can; one sentence or two. */
  reason: z.string(),
});
export type LeftOut = z.infer<typeof leftOutSchema>;

/** What every answer to "what is this?" says. */
const found = {
  /** Name of the file or folder. */
  name: z.string(),
  /** What it is, from its bytes: "VMware disk image", "UTM virtual machine (QEMU)". */
  title: z.string(),
};

/** What something is, and what an import would make of it. Sizes in bytes. */
const importReportSchema = z.discriminatedUnion('result', [
  /** It becomes a machine. */
  z.object({
    ...found,
    result: z.literal('machine'),
    kind: importKindSchema,
    /** A free name for it. */
    suggestedName: z.string(),
    os: osSchema,
    /** Absent if nothing in it says so: then `imports.start` needs it. */
    arch: archSchema.optional(),
    /** Absent if nothing in it says so: then a machine gets what a new one gets. */
    cpuCount: z.number().int().optional(),
    memoryBytes: z.number().int().optional(),
    disks: z.array(importDiskSchema),
    /** What the import takes on the volume of the home; 0 where it only clones or moves. */
    neededBytes: z.number().int(),
    freeBytes: z.number().int(),
    /** Whether blocks are shared with the original, which so costs neither time nor room. */
    clones: z.boolean(),
    /** Whether it can be moved into the library instead of copied. */
    canMove: z.boolean(),
    /** What may stand in the way of running it; one sentence each. */
    warnings: z.array(z.string()),
    /** Settings of the original that do not carry over, in its order. */
    leftOut: z.array(leftOutSchema),
    /** Why this host can't run it, if so; it can be imported all the same. */
    notRunnable: z.string().optional(),
  }),
  /** A disc that installs a system: the sheet for a new machine, with it in the drive. */
  z.object({
    ...found,
    result: z.literal('installer'),
    /** On this host; of an upload, where the disc will stay. */
    isoPath: z.string(),
    suggestedName: z.string(),
    arch: archSchema.optional(),
    bytes: z.number().int(),
  }),
  /** macOS to be restored: the wizard that installs it, or why there is none here. */
  z.object({
    ...found,
    result: z.literal('restore-image'),
    path: z.string(),
    /** "26.1", "25B78" */
    version: z.string(),
    build: z.string(),
    notInstallable: errorInfoSchema.optional(),
  }),
  /** A folder of several things, each to be asked about by itself. */
  z.object({
    ...found,
    result: z.literal('several'),
    sources: z.array(importSourceSchema),
    /** Files in it that are none of these, as a number: a folder of pictures need not be listed. */
    othersCount: z.number().int(),
  }),
  /** It can't be imported. */
  z.object({ ...found, result: z.literal('refused'), error: errorInfoSchema }),
]);
export type ImportReport = z.infer<typeof importReportSchema>;
export type MachineImport = Extract<ImportReport, { result: 'machine' }>;

const importStartSchema = z.object({
  source: importSourceSchema,
  name: newName,
  /** Needed where the report has none; ignored where it has one. */
  arch: archSchema.optional(),
  /** In place of what the report says, or of what a new machine gets. */
  cpuCount: z.number().int().min(1).max(1024).optional(),
  memoryBytes: z.number().int().min(1).optional(),
  /** `move` takes the original away when the machine is made; an upload always moves. */
  how: z.enum(['copy', 'move']).default('copy'),
  /** Starts it as soon as it is made. */
  start: z.boolean().default(false),
});

const exportFormatSchema = z.enum(['tvm', 'raw', 'qcow2']);
export type ExportFormat = z.infer<typeof exportFormatSchema>;

const exportSchema = z.object({
  id: vmIdSchema,
  /** Absolute path of a file, or of a folder to put it in under its default name. */
  path: hostPathSchema,
  format: exportFormatSchema.default('tvm'),
  /** Replaces a file that is there. */
  overwrite: z.boolean().default(false),
});

/** What an export would write, and whether it can. Sizes in bytes. */
const exportReportSchema = z.object({
  /** The file that would be written. */
  path: z.string(),
  exists: z.boolean(),
  /** What it reads, at most what the file takes: compressed formats take less. */
  sourceBytes: z.number().int(),
  freeBytes: z.number().int(),
  /** What does not go along in this format; one sentence each. */
  warnings: z.array(z.string()),
  /** Why it can't be exported now, if so. */
  problem: errorInfoSchema.optional(),
});
export type ExportReport = z.infer<typeof exportReportSchema>;

/** The longest and deepest folder that a page sends: machines of other programs have some dozens of files. */
export const maxFolderFiles = 2_000;
export const deepestFolder = 8;

/**
 * A file that a page sends, or a folder, whose files' bytes come one after the other; kept aside until it is imported or given to a guest. The page makes the id, opens the
 * channel `upload` with it, and sends bytes from `receivedBytes` on; after a lost connection it asks and goes on.
 * The other end closes the channel without a reason when it has all of them.
 */
const uploadSchema = z.object({
  uploadId: z.uuid(),
  name: z.string(),
  sizeBytes: z.number().int(),
  receivedBytes: z.number().int(),
});
export type Upload = z.infer<typeof uploadSchema>;

const uploadBeginSchema = z.object({
  uploadId: z.uuid(),
  name: z.string().min(1).max(255),
  /** Of a folder: of all its files. */
  sizeBytes: z.number().int().min(0),
  /** Makes it a folder: its files, in the order in which their bytes come. */
  files: z
    .array(
      z.object({
        /** Below the folder, with slashes. */
        path: z.string().min(1).max(1024),
        sizeBytes: z.number().int().min(0),
      }),
    )
    .min(1)
    .max(maxFolderFiles)
    .optional(),
});
export type UploadBegin = z.infer<typeof uploadBeginSchema>;

/** The longest file that is sent into a guest: its agent takes it in small pieces of text. */
export const maxGuestFileBytes = 4 * 1024 ** 3;

const guestFileSchema = z.object({
  id: vmIdSchema,
  source: importSourceSchema,
  /** Folder in the guest, absolute; default: a folder of its user's where files are looked for. */
  to: z.string().min(1).max(4096).optional(),
});

/** What can be asked about files that come in and go out. */
export const transferProcedures = {
  /** What a file or folder is, told from its bytes, and what an import would make of it. Changes nothing. */
  'imports.inspect': { input: z.object({ source: importSourceSchema }), output: importReportSchema },
  /** Makes a machine of it, as a job. */
  'imports.start': longProcedure(importStartSchema, z.void()),
  /** What is kept of an import of it that did not come to its end, in bytes: the next one goes on from there. */
  'imports.kept': { input: z.object({ source: importSourceSchema }), output: z.object({ bytes: z.number() }) },
  'exports.inspect': { input: exportSchema.omit({ overwrite: true }), output: exportReportSchema },
  'exports.start': longProcedure(exportSchema, z.void()),
  /** Makes room for a file that a page will send; asked again with the same id, says how much has come. */
  'uploads.begin': { input: uploadBeginSchema, output: uploadSchema },
  'uploads.discard': { input: z.object({ uploadId: z.uuid() }), output: z.void() },
  /** Sends a file into a running guest through its agent, as a job. */
  'guestFiles.send': longProcedure(guestFileSchema, z.void()),
} as const satisfies ProcedureTable;
