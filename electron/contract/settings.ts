import { z } from 'zod';
import { errorInfoSchema } from './errors.ts';
import { longProcedure, type ProcedureTable } from './procedure.ts';

const gigabytes = (min: number) => z.number().min(min).max(1_000_000);

/** What to do about machines that run when the app quits; `ask` leaves it to the person. */
const quitAnswers = ['ask', 'suspend', 'shutDown', 'leave'] as const;

/** A registry as it stands in a reference: a host, with its port where it has one. */
const registryHost = z
  .string()
  .max(255)
  .regex(
    /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/i,
    'a registry is a host with or without a port, as in localhost:5000',
  );

/** Whether nobody on the way can change what an address answers; without encryption only this computer's own will do. */
export function isSafeFeed(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHere = url?.hostname === 'localhost' || url?.hostname === '127.0.0.1' || url?.hostname === '[::1]';
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isHere);
}

/**
 * Every setting, by its key path, with its default: the one place that the window, the file and the terminal go by. `null`
 * leaves the choice to Tatin.
 */
const settingFields = {
  appearance: z.enum(['system', 'light', 'dark']).default('system'),
  'home.path': z
    .string()
    .max(4096)
    .refine((path) => path.startsWith('/'), 'a folder must be named by its whole path')
    .nullable()
    .default(null),
  'home.others': z.array(z.string().min(1).max(4096)).max(100).default([]),
  'images.automaticPruning': z.boolean().default(true),
  'library.confirmDelete': z.boolean().default(true),
  'menuBar.show': z.boolean().default(true),
  'newMachine.cpuCount': z.number().int().min(1).max(1024).nullable().default(null),
  /** Binary, as memory is counted. */
  'newMachine.memoryGigabytes': gigabytes(0.0625).nullable().default(null),
  /** Decimal, as disks are. */
  'newMachine.diskGigabytes': gigabytes(1).nullable().default(null),
  'newMachine.display': z
    .string()
    .regex(/^[1-9]\d{2,4}x[1-9]\d{2,4}$/, 'a display is width x height, as in 1920x1080')
    .nullable()
    .default(null),
  'quit.runningMachines': z.enum(quitAnswers).default('ask'),
  'registries.insecure': z.array(registryHost).max(1000).default([]),
  /** Layers on their way at once, in a pull or push. */
  'transfers.connections': z.number().int().min(1).max(64).default(4),
  /** Where new versions of the app are; until it is set, nothing is looked for. `TATIN_UPDATE_FEED` goes before it. */
  'updates.feed': z
    .string()
    .max(2048)
    .refine(isSafeFeed, 'new versions come from an address that begins with https://')
    .nullable()
    .default(null),
} as const satisfies Record<string, z.ZodType>;

export type SettingKey = keyof typeof settingFields;
// The names of an object that is written out above.
export const settingKeys = Object.keys(settingFields) as SettingKey[];

export const settingsSchema = z.object(settingFields);
export type Settings = z.output<typeof settingsSchema>;

/** Every setting as it is where nothing was set. */
export const defaultSettings: Settings = settingsSchema.parse({});

/** What is in the file that can't be used: its default is in force instead. */
const settingProblemSchema = z.object({ key: z.string(), message: z.string() });
export type SettingProblem = z.infer<typeof settingProblemSchema>;

export const settingsReportSchema = z.object({
  settings: settingsSchema,
  problems: z.array(settingProblemSchema),
  /** Where they are kept; a person may edit it. */
  file: z.string(),
});
export type SettingsReport = z.infer<typeof settingsReportSchema>;

/** Whether this is the key of a setting. */
export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(settingFields, key);
}

/** A value for a setting, or what is wrong with it; each message begins with the key path, as in `registries.insecure[1]: …`. */
export function checkSetting(key: SettingKey, value: unknown): { value: unknown } | { problems: SettingProblem[] } {
  const parsed = settingFields[key].safeParse(value);
  if (parsed.success) return { value: parsed.data };
  return {
    problems: parsed.error.issues.map(({ path, message }) => ({ key: `${key}${pathText(path)}`, message })),
  };
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
}

/** Where VMs live, or may: one home is in use, the others are known. Sizes in bytes, on disk. */
const homeReportSchema = z.object({
  path: z.string(),
  inUse: z.boolean(),
  /** The one that Tatin opens when it starts the next time. */
  isNext: z.boolean(),
  /** Why it can't be used now, e.g. a drive that is not connected. */
  unavailable: z.string().optional(),
  machineCount: z.number().int(),
  machinesBytes: z.number(),
  cacheBytes: z.number(),
  freeBytes: z.number(),
  totalBytes: z.number(),
  /** As the system calls it, e.g. "apfs". */
  fileSystem: z.string(),
  /** Whether a duplicate there takes no room until it changes. */
  clones: z.boolean(),
});
export type HomeReport = z.infer<typeof homeReportSchema>;

const wholePath = z.string().min(1).max(4096).startsWith('/', 'a folder must be named by its whole path');
const homeMoveSchema = z.object({ from: wholePath, to: wholePath });

/** What moving a home would do. Sizes in bytes, on disk. */
const homeMoveReportSchema = z.object({
  /** On one volume a home is renamed; `finish`: it is in the new place already, and an earlier move was cut off there. */
  how: z.enum(['rename', 'copy', 'finish']),
  machineCount: z.number().int(),
  bytes: z.number(),
  /** At the new place. */
  freeBytes: z.number(),
  /** Why it can't be moved now; the rest says nothing then. */
  problem: errorInfoSchema.optional(),
});
export type HomeMoveReport = z.infer<typeof homeMoveReportSchema>;

const target = z.object({ path: z.string().min(1).max(4096) });

export const settingsProcedures = {
  /** Throws `invalid-input` for a key that there is not, with those that are like it. */
  'settings.get': { input: z.object({ key: z.string().optional() }), output: settingsReportSchema },
  /** All of the changes, or none if one can't be. `areText`: values are words as typed, read as each setting's own kind. */
  'settings.set': {
    input: z.object({ changes: z.record(z.string(), z.unknown()), areText: z.boolean().default(false) }),
    output: settingsReportSchema,
  },
  /** Back to the defaults: these, or all. */
  'settings.reset': { input: z.object({ keys: z.array(z.string()).optional() }), output: settingsReportSchema },
  /** The one in use first. */
  'homes.list': { input: z.object({}), output: z.array(homeReportSchema) },
  'homes.add': { input: target, output: z.array(homeReportSchema) },
  /** Takes it off the list; nothing in it is touched. */
  'homes.remove': { input: target, output: z.array(homeReportSchema) },
  /** In force when Tatin starts the next time. */
  'homes.use': { input: target, output: z.array(homeReportSchema) },
  'homes.inspectMove': { input: homeMoveSchema, output: homeMoveReportSchema },
  /** A Tatin that has it open must be started again. */
  'homes.move': longProcedure(homeMoveSchema, z.void()),
} as const satisfies ProcedureTable;
