import { BinaryListError, parseBinaryPropertyList } from './binary-property-list.ts';
import { type Part, readPart } from './door.ts';
import { parseXml, type XmlElement, XmlError } from './xml.ts';

/** A property list that can't be read; `message` is the end of a sentence. */
export class PropertyListError extends Error {}

/** Reads a part of at most 1 MiB as {@link parsePropertyList} does. @throws PropertyListError, and like {@link readPart} */
export async function readPropertyList(part: Part): Promise<unknown> {
  return parsePropertyList(await readPart(part));
}

/**
 * Reads a property list, XML or binary, as plain values for a schema: data as Buffers, dates and numbers as such.
 * @throws PropertyListError
 */
export function parsePropertyList(bytes: Buffer): unknown {
  try {
    if (bytes.subarray(0, 6).toString('latin1') === 'bplist') return parseBinaryPropertyList(bytes);
    const root = parseXml(bytes.toString('utf8'));
    if (root.name !== 'plist') throw new XmlError('is not a property list');
    return valueOf(root.children[0]);
  } catch (error) {
    if (error instanceof PropertyListError) throw error;
    const isKnown = error instanceof XmlError || error instanceof BinaryListError;
    throw new PropertyListError(isKnown ? error.message : 'is not a property list', { cause: error });
  }
}

function valueOf(element: XmlElement | undefined): unknown {
  switch (element?.name) {
    case 'dict':
      return dictionaryOf(element);
    case 'array':
      return element.children.map(valueOf);
    case 'string':
      return element.text;
    case 'integer':
    case 'real':
      return Number(element.text.trim());
    case 'true':
      return true;
    case 'false':
      return false;
    case 'data':
      return Buffer.from(element.text, 'base64');
    case 'date':
      return new Date(element.text.trim());
    default:
      throw new PropertyListError(`has an element ${JSON.stringify(element?.name ?? '')} that is not known`);
  }
}

function dictionaryOf({ children }: XmlElement): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  for (let index = 0; index < children.length; index += 2) {
    const key = children[index];
    if (key?.name !== 'key') throw new PropertyListError('has a value without a key');
    entries.push([key.text, valueOf(children[index + 1])]);
  }
  return Object.fromEntries(entries);
}
