import { z } from 'zod';
import { errorInfoSchema } from './errors.ts';
import { displaySchema, type MachineVm, vmIdSchema } from './machine.ts';
import { longProcedure, type ProcedureTable } from './procedure.ts';
import { allowedVerbs, isAlive } from './verbs.ts';

/** Which macOS is to be installed. */
const macSourceSchema = z.discriminatedUnion('from', [
  /** Apple's newest that this Mac can install. */
  z.object({ from: z.literal('latest') }),
  /** Of the catalogue: "15", "15.0", or a build. */
  z.object({ from: z.literal('version'), version: z.string().min(1).max(40) }),
  z.object({ from: z.literal('url'), url: z.url({ protocol: /^https?$/ }).max(4096) }),
  /** Absolute path of an image on the host. */
  z.object({ from: z.literal('file'), path: z.string().min(1).max(4096) }),
]);
export type MacSource = z.infer<typeof macSourceSchema>;

/** A version as Tart's `--from-ipsw` takes it, or a version of the catalogue: "latest", "15.0", "24A335", an address, a path. */
export function parseMacSource(text: string, absolutePath: (file: string) => string): MacSource {
  if (text === 'latest') return { from: 'latest' };
  if (/^https?:\/\//i.test(text)) return { from: 'url', url: text };
  if (/^\d+(\.\d+){0,2}$/.test(text) || /^\d{2}[A-Z]\d+[a-z]?$/.test(text)) return { from: 'version', version: text };
  return { from: 'file', path: absolutePath(text) };
}

/** A macOS of the catalogue, and whether this host can install it. */
const macOfferSchema = z.object({
  /** "15.0" */
  version: z.string(),
  /** "macOS Sequoia" */
  name: z.string(),
  build: z.string(),
  /** Length of its image, where that is known. */
  bytes: z.number().int().optional(),
  /** Its image is in the cache. */
  isHere: z.boolean(),
  /** Why this host can't install it, if so. */
  problem: z.string().optional(),
  /** What it may take beside the image. */
  advice: z.string().optional(),
});
export type MacOffer = z.infer<typeof macOfferSchema>;

const macListSchema = z.object({
  /** Newest first. */
  offers: z.array(macOfferSchema),
  /** Why this host installs no macOS at all, if so. */
  notHere: errorInfoSchema.optional(),
});
export type MacList = z.infer<typeof macListSchema>;

/** Something that an installation depends on, looked at before it begins. */
const macCheckSchema = z.object({
  id: z.enum(['computer', 'version', 'image', 'space', 'slots', 'keychain']),
  state: z.enum(['passed', 'attention', 'failed', 'skipped']),
  /** One sentence. */
  text: z.string(),
  hint: z.string().optional(),
});
export type MacCheck = z.infer<typeof macCheckSchema>;

/** What a source resolves to, and what prevents it. Sizes in bytes. */
const macReportSchema = z.object({
  /** "macOS Sequoia 15.0 (24A335)", or the address of one that nobody knows. */
  title: z.string(),
  version: z.string().optional(),
  build: z.string().optional(),
  /** The image on this host; absent while it has to be fetched. */
  file: z.string().optional(),
  /** Length of the image, where that is known. */
  bytes: z.number().int().optional(),
  /** What is here of it; all of it where `file` is there. */
  fetchedBytes: z.number().int(),
  /** Room that is left on the volume of the library. */
  freeBytes: z.number().int(),
  /** What the image asks for; only a Mac can read that, and only from an image that is here. */
  minimum: z.object({ cpuCount: z.number().int(), memoryBytes: z.number().int() }).optional(),
  checks: z.array(macCheckSchema),
});
export type MacReport = z.infer<typeof macReportSchema>;

const newName = z.string().min(1).max(255);

const macInstallSchema = z.object({
  source: macSourceSchema,
  name: newName,
  /** Less than the image asks for is raised to that. */
  cpuCount: z.number().int().min(1).max(1024).optional(),
  memoryBytes: z.number().int().min(1).optional(),
  diskBytes: z.number().int().min(1).optional(),
  display: displaySchema.optional(),
  /** Start it when it is installed. */
  start: z.boolean().default(false),
});
export type MacInstall = z.output<typeof macInstallSchema>;

/** How far a person has come with a new macOS machine; kept on disk, so that it outlives page and app. */
export const macDraftSchema = z.object({
  step: z.enum(['source', 'resources', 'name']),
  /** The machine that is being installed, once it is. */
  installing: vmIdSchema.optional(),
  source: macSourceSchema,
  cpuCount: z.number(),
  memoryBytes: z.number(),
  diskGigabytes: z.number(),
  /** "1920x1200" */
  display: z.string().max(20),
  name: z.string().max(255),
  start: z.boolean(),
});
export type MacDraft = z.infer<typeof macDraftSchema>;

/** How a machine makes way for another. */
const wayOutSchema = z.enum(['suspend', 'shutDown']);
export type WayOut = z.infer<typeof wayOutSchema>;

/** Whether it takes one of the two places that macOS has for its own guests. */
export function takesSlot({ os, state }: MachineVm): boolean {
  return os === 'darwin' && isAlive(state.phase);
}

/** How a running macOS machine can make way now. */
export function waysOut(vm: MachineVm): WayOut[] {
  const verbs = allowedVerbs(vm);
  return wayOutSchema.options.filter((way) => verbs.has(way));
}

/** Everything about new macOS machines, and about the two that may run at a time. */
export const macProcedures = {
  'macos.list': { input: z.object({}), output: macListSchema },
  /** Finds out where an image is and looks at what prevents it. Fetches nothing, changes nothing. */
  'macos.inspect': { input: z.object({ source: macSourceSchema }), output: macReportSchema },
  /** Fetches an image into the cache, on any computer, as a job that can be paused. */
  'macos.fetch': longProcedure(z.object({ source: macSourceSchema }), z.object({ path: z.string() })),
  /** Fetches the image where it is not here, and installs it, as a job. Throws at once what is wrong with the request. */
  'macos.install': longProcedure(macInstallSchema, z.void()),
  /** What was written down of the installation of a machine: the end of it, and where all of it is. */
  'macos.log': { input: z.object({ id: vmIdSchema }), output: z.object({ path: z.string(), text: z.string() }) },
  'macos.draft': { input: z.object({}), output: macDraftSchema.nullable() },
  /** `null` forgets it. */
  'macos.keepDraft': { input: z.object({ draft: macDraftSchema.nullable() }), output: z.void() },
  /** Starts a machine once another has made way for it, as a job. */
  'macos.startInstead': longProcedure(z.object({ id: vmIdSchema, instead: vmIdSchema, how: wayOutSchema }), z.void()),
} as const satisfies ProcedureTable;
