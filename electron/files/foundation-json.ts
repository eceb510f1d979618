import { requireShallow } from './bounded-json.ts';
import { findJsonMistake } from './json-mistake.ts';

/** A JSON document as read: objects keep the order of their keys. */
export type JsonValue = null | boolean | number | string | RawNumber | JsonValue[] | JsonObject;
/** An interface, since a type alias may not name itself through `Record`. */
export interface JsonObject {
  [key: string]: JsonValue;
}

/** A number that JavaScript would change (too long, too precise), kept as it was written. */
class RawNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/** A JSON text that can't be read; `message` says where, as the end of a sentence: "ends in line 14". */
export class JsonSyntaxError extends Error {}

/**
 * Reads JSON without losing anything that {@link printFoundationJson} should write back: numbers that do not survive a
 * double are kept as text. No deeper than 64 levels, which a walk through it has stack for.
 * @throws JsonSyntaxError
 */
export function parseJson(text: string): JsonValue {
  const plain = text.replace(/^\uFEFF/, '');
  try {
    requireShallow(plain);
  } catch (error) {
    throw new JsonSyntaxError(error instanceof SyntaxError ? error.message : String(error), { cause: error });
  }
  try {
    // The reviver's third argument is typed as of a later library than this project's; the shape is ECMA-262's.
    const revive = (_key: string, value: JsonValue, context?: { source?: string }): JsonValue =>
      typeof value === 'number' && context?.source !== undefined && !survives(value, context.source)
        ? new RawNumber(context.source)
        : value;
    return JSON.parse(plain, revive) as JsonValue;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new JsonSyntaxError(whereItBreaks(plain), { cause: error });
  }
}

function survives(value: number, source: string): boolean {
  return String(value) === source || (Number.isSafeInteger(value) && !source.startsWith('-0'));
}

function whereItBreaks(text: string): string {
  if (text.trim() === '') return 'is empty';
  const found = findJsonMistake(text);
  if (found.kind === 'ends') return `ends in line ${lineCount(text.trimEnd())}`;
  return `has a mistake in line ${lineCount(text.slice(0, found.offset))}`;
}

function lineCount(text: string): number {
  return text.split('\n').length;
}

/**
 * Writes JSON as Apple's Foundation does when asked for readable output, which is what Tart's files look like: two
 * spaces, a blank on both sides of the colon, `/` escaped, an empty line inside empty containers. No newline at the end.
 */
export function printFoundationJson(value: JsonValue, indent = ''): string {
  if (value instanceof RawNumber) return value.source;
  if (typeof value === 'string') return printString(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const inner = indent + '  ';
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const items = Array.isArray(value)
    ? value.map((item) => inner + printFoundationJson(item, inner))
    : Object.entries(value).map(([key, item]) => `${inner}${printString(key)} : ${printFoundationJson(item, inner)}`);
  return `${open}\n${items.join(',\n')}\n${indent}${close}`;
}

function printString(text: string): string {
  return JSON.stringify(text).replaceAll('/', '\\/');
}
