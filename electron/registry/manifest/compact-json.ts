/** What a manifest or an image config is made of. An interface, since a type alias may not name itself. */
export type PlainJson = string | number | boolean | null | readonly PlainJson[] | PlainObject;
interface PlainObject {
  readonly [key: string]: PlainJson;
}

/**
 * JSON as Apple's Foundation writes it with sorted keys and nothing else asked for, which is what Tart's manifests are:
 * no blanks, keys in order, `/` escaped. A manifest's digest is that of these bytes, so each of them counts.
 */
export function printCompactJson(value: PlainJson): string {
  if (typeof value === 'string') return printString(value);
  if (isList(value)) return `[${value.map(printCompactJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${printString(key)}:${printCompactJson(item)}`).join(',')}}`;
}

/** `Array.isArray` does not narrow a read-only list. */
function isList(value: PlainJson): value is readonly PlainJson[] {
  return Array.isArray(value);
}

function printString(text: string): string {
  return JSON.stringify(text).replaceAll('/', '\\/');
}
