import { Fragment, jsxDEV as reactJsxDev } from 'react/jsx-dev-runtime';
import { printableProps } from './printable-props.ts';

/** What `jsx-runtime.ts` is for a build, for the development server and tests. */
export type { JSX } from 'react/jsx-dev-runtime';
export { Fragment };

export const jsxDEV: typeof reactJsxDev = (type, props, key, ...rest) =>
  reactJsxDev(type, printableProps(type, props as object), key, ...rest);
