import { printableLine, printableText } from '../../electron/contract/printable.ts';

/** Attributes that a person reads or hears. `value` is not one: what is edited stays what it is. */
const shownAttributes = ['title', 'aria-label', 'aria-description', 'aria-valuetext', 'alt', 'placeholder', 'label'];

/**
 * The props of an element with every text that it shows made printable, see `printable.ts`. Names, ids and paths given
 * to components under a name of their own stay exact, so that verbs and fields use what is really there.
 */
export function printableProps(type: unknown, props: object): object {
  const given = props as Readonly<Record<string, unknown>>;
  const changed: Record<string, unknown> = {};
  if (given.children !== undefined) {
    // A component may put its children into a block of lines; what it makes of them comes here again.
    const keepsLines = type === 'pre' || typeof type === 'function' || (typeof type === 'object' && type !== null);
    const children = printableChildren(given.children, keepsLines ? printableText : printableLine);
    if (children !== given.children) changed.children = children;
  }
  // A component's `title` may be more than text to it; it comes here again with the element that shows it.
  if (typeof type === 'string')
    for (const name of shownAttributes) {
      const value = given[name];
      if (typeof value !== 'string') continue;
      const text = printableLine(value);
      if (text !== value) changed[name] = text;
    }
  return Object.keys(changed).length === 0 ? props : { ...props, ...changed };
}

/** Only texts: elements among the children have been through here, and functions answer with elements. */
function printableChildren(children: unknown, clean: (text: string) => string): unknown {
  if (typeof children === 'string') return clean(children);
  if (!Array.isArray(children)) return children;
  const cleaned = children.map((child: unknown) => printableChildren(child, clean));
  return cleaned.some((child, index) => child !== children[index]) ? cleaned : children;
}
