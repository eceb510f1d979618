import { z } from 'zod';
import type { Display, GuestArch, GuestOs } from '../contract/machine.ts';
import { ConfigError } from '../files/config-error.ts';
import {
  type JsonObject,
  JsonSyntaxError,
  type JsonValue,
  parseJson,
  printFoundationJson,
} from '../files/foundation-json.ts';

/** A VM's config.json. Names and units are those of the file: memory in bytes. */
export interface VmConfig {
  readonly version: number;
  readonly os: GuestOs;
  readonly arch: GuestArch;
  readonly cpuCountMin: number;
  readonly cpuCount: number;
  readonly memorySizeMin: number;
  readonly memorySize: number;
  /** Lower case, two digits a byte. */
  readonly macAddress: string;
  readonly display: Display;
  /** Absent where the user has not chosen. */
  readonly displayRefit?: boolean | undefined;
  readonly diskFormat: 'raw' | 'asif';
  /** macOS guests: base64 of the machine identifier. */
  readonly ecid?: string | undefined;
  /** macOS guests: base64 of the hardware model. */
  readonly hardwareModel?: string | undefined;
  /** The whole document as read, so that what we do not know is written back; `undefined` for a new config. */
  readonly document?: JsonObject | undefined;
}

const wholeNumber = z
  .int({ error: (issue) => (issue.input === undefined ? 'is missing' : 'is not a whole number') })
  .positive('is not above zero');
const text = z.string({ error: (issue) => (issue.input === undefined ? 'is missing' : 'is not a text') });
const hexByte = '[0-9a-fA-F]{1,2}';
const macAddress = text.regex(new RegExp(`^${hexByte}(?::${hexByte}){5}$`), 'is not a MAC address').transform((mac) =>
  mac
    .toLowerCase()
    .split(':')
    .map((byte) => byte.padStart(2, '0'))
    .join(':'),
);

/** Defaults and tolerance are Tart's: see each line. */
const configSchema = z.object({
  version: z.int({ error: (issue) => (issue.input === undefined ? 'is missing' : 'is not a whole number') }),
  // Files of the first Tarts, which ran only macOS on Apple chips, name neither.
  os: z.enum(['darwin', 'linux'], 'is neither "darwin" nor "linux"').default('darwin'),
  arch: z.enum(['arm64', 'amd64'], 'is neither "arm64" nor "amd64"').default('arm64'),
  cpuCountMin: wholeNumber,
  cpuCount: wholeNumber,
  memorySizeMin: wholeNumber,
  memorySize: wholeNumber,
  macAddress,
  display: z
    .object(
      { width: wholeNumber, height: wholeNumber, unit: z.enum(['pt', 'px']).optional().catch(undefined) },
      'is not an object with width and height',
    )
    .default({ width: 1024, height: 768 }),
  displayRefit: z.boolean('is neither true nor false').optional(),
  diskFormat: z.enum(['raw', 'asif']).catch('raw'),
  ecid: text.optional(),
  hardwareModel: text.optional(),
});

/**
 * Reads a config.json as tolerantly as Tart does.
 * @throws ConfigError with a line for the user
 */
export function parseConfig(json: string): VmConfig {
  const document = parseDocument(json);
  // `null` for an absent option is how some writers say "unset".
  const present = Object.fromEntries(Object.entries(document).filter(([, value]) => value !== null));
  const parsed = configSchema.safeParse(present);
  if (!parsed.success) throw new ConfigError(describe(parsed.error.issues[0]));
  if (parsed.data.os === 'darwin') {
    for (const key of ['ecid', 'hardwareModel'] as const)
      if (parsed.data[key] === undefined) throw new ConfigError(`${key} is missing in config.json`);
  }
  const { unit, ...size } = parsed.data.display;
  return { ...parsed.data, display: unit === undefined ? size : { ...size, unit }, document };
}

function parseDocument(json: string): JsonObject {
  let document: JsonValue;
  try {
    document = parseJson(json);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new ConfigError(`config.json ${error.message}`, { cause: error });
    throw error;
  }
  if (!isObject(document)) throw new ConfigError('config.json is not a JSON object');
  return document;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function describe(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return "config.json can't be understood";
  return `${issue.path.join('.')} ${issue.message} in config.json`;
}

/**
 * The text of config.json in the shape that Tart writes. Keys keep the order of the document that the config was read
 * from, those of nobody we know included; new ones follow.
 */
export function printConfig(config: VmConfig): string {
  const { document = {}, displayRefit, ecid, hardwareModel, display, ...required } = config;
  const oldDisplay = isObject(document.display) ? document.display : {};
  const known: JsonObject = {
    ...required,
    display: merge(oldDisplay, { width: display.width, height: display.height }, { unit: display.unit }),
  };
  return printFoundationJson(merge(document, known, { displayRefit, ecid, hardwareModel }));
}

/** `known` and what is set of `optional` in place of the document's own values; what is unset is taken out. */
function merge(document: JsonObject, known: JsonObject, optional: Record<string, JsonValue | undefined>): JsonObject {
  const set = Object.entries(optional).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  const merged: JsonObject = { ...document, ...known, ...Object.fromEntries(set) };
  return Object.fromEntries(
    Object.entries(merged).filter(([key]) => !(key in optional) || optional[key] !== undefined),
  );
}
