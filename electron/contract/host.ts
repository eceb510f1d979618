import { z } from 'zod';
import { archSchema, displaySchema, osSchema } from './machine.ts';
import type { ProcedureTable } from './procedure.ts';

/** What this host is, can run, and has left. */
export const hostSchema = z.object({
  platform: z.enum(['darwin', 'linux']),
  arch: archSchema,
  /** "This Mac" or "This computer", for sentences. */
  noun: z.string(),
  /** "Apple M3 Pro", from the system. */
  processor: z.string(),
  cpuCount: z.number().int(),
  memoryBytes: z.number().int(),
  /** Memory that a new guest can have now, in bytes. */
  memoryAvailableBytes: z.number().int(),
  home: z.object({
    path: z.string(),
    freeBytes: z.number().int(),
    totalBytes: z.number().int(),
    /** Why the home can't be read, if so. */
    error: z.string().optional(),
  }),
  /** Guests that this host runs, and how; or the reason why not. */
  guests: z.array(
    z.object({
      os: osSchema,
      arch: archSchema,
      driver: z.enum(['vz', 'qemu']),
      /** How it runs: "Virtualization.framework", "KVM", "emulation (slow)". */
      accelerator: z.string().optional(),
      notAvailable: z.string().optional(),
    }),
  ),
  demoGuest: z.object({
    available: z.boolean(),
    /** Bytes that a new demo VM takes on disk. */
    bytes: z.number().int(),
    reason: z.string().optional(),
  }),
  /** Folders where a person would look for a disc image, for the file chooser. */
  places: z.array(z.object({ name: z.string(), path: z.string() })),
  /** What the settings give to a new machine; what is absent, each kind of machine has its own for. Sizes in bytes. */
  newMachine: z
    .object({
      cpuCount: z.number().int().optional(),
      memoryBytes: z.number().int().optional(),
      diskBytes: z.number().int().optional(),
      display: displaySchema.optional(),
    })
    .optional(),
  version: z.string(),
});
export type Host = z.infer<typeof hostSchema>;

/** One entry of a folder on the host, as the file chooser shows it. */
const fileEntrySchema = z.object({
  name: z.string(),
  path: z.string(),
  isFolder: z.boolean(),
  bytes: z.number().int(),
});
export type FileEntry = z.infer<typeof fileEntrySchema>;

/** Longest report of an error in a page, in UTF-16 units: a message and a stack. */
export const maxPageErrorLength = 8_192;

/** What can be asked about this host. */
export const hostProcedures = {
  'host.get': { input: z.object({}), output: hostSchema },
  /** A folder of the host for the file chooser: folders, and files whose name ends in one of `extensions`. */
  'host.listFolder': {
    input: z.object({ path: z.string().max(4096), extensions: z.array(z.string()).default([]) }),
    output: z.object({ path: z.string(), parent: z.string().optional(), entries: z.array(fileEntrySchema) }),
  },
  /** An error in a page that nothing caught, for the log. */
  'host.reportPageError': { input: z.object({ text: z.string().max(maxPageErrorLength) }), output: z.void() },
} as const satisfies ProcedureTable;
