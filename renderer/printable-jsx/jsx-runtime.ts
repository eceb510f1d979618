import { Fragment, jsx as reactJsx, jsxs as reactJsxs } from 'react/jsx-runtime';
import { printableProps } from './printable-props.ts';

/**
 * React's own runtime for JSX, but that no page shows a text which could steer, turn or hide what stands around it. The
 * compiler takes it for every element of the pages (`jsxImportSource`), so that no feature has to think of it.
 */
export type { JSX } from 'react/jsx-runtime';
export { Fragment };

export const jsx: typeof reactJsx = (type, props, key) => reactJsx(type, printableProps(type, props as object), key);

export const jsxs: typeof reactJsxs = (type, props, key) => reactJsxs(type, printableProps(type, props as object), key);
