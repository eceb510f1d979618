import { SaxesParser } from 'saxes';

/** An element; names are without their prefix. */
export interface XmlElement {
  readonly name: string;
  /** By local name. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The text right inside it, without that of its children. */
  readonly text: string;
}

/** A text that is no XML, or more than is taken; `message` is the end of a sentence. */
export class XmlError extends Error {}

/** Descriptions of machines nest a few levels deep and have some hundred elements. */
const deepest = 64;
const maxElements = 100_000;
const maxAttributes = 100_000;

/**
 * Reads XML strictly. A document type that declares anything of its own is refused: entities are how a short text
 * becomes an endless one, or one that holds other files.
 * @throws XmlError
 */
export function parseXml(text: string): XmlElement {
  type Open = { name: string; attributes: Map<string, string>; children: XmlElement[]; text: string };
  const parser = new SaxesParser({ xmlns: true });
  const stack: Open[] = [];
  let root: XmlElement | undefined;
  let count = 0;
  let attributeCount = 0;
  parser.on('error', (error) => {
    throw new XmlError(`is not XML: ${error.message}`);
  });
  parser.on('doctype', (doctype) => {
    if (doctype.includes('[')) throw new XmlError('declares entities of its own, which is not allowed');
  });
  parser.on('attribute', () => {
    if (++attributeCount > maxAttributes) throw new XmlError(`has more than ${maxAttributes} attributes`);
  });
  parser.on('opentag', ({ local, attributes }) => {
    if (++count > maxElements) throw new XmlError(`has more than ${maxElements} elements`);
    if (stack.length >= deepest) throw new XmlError(`nests more than ${deepest} elements deep`);
    const named = Object.values(attributes).map((attribute): [string, string] => [attribute.local, attribute.value]);
    stack.push({ name: local, attributes: new Map(named), children: [], text: '' });
  });
  const addText = (more: string): void => {
    const open = stack.at(-1);
    if (open !== undefined) open.text += more;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const closed = stack.pop();
    if (closed === undefined) return;
    const parent = stack.at(-1);
    if (parent === undefined) root = closed;
    else parent.children.push(closed);
  });
  parser.write(text).close();
  if (root === undefined) throw new XmlError('is empty');
  return root;
}

/** The first child of that name. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

/** All children of that name. */
export function childrenOf(element: XmlElement | undefined, name: string): XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** The text of the first child of that name, without blanks around it; undefined if there is none. */
export function textOf(element: XmlElement | undefined, name: string): string | undefined {
  const text = childOf(element, name)?.text.trim();
  return text === '' ? undefined : text;
}
