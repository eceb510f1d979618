import type { ReactElement } from 'react';

/** One component or page in one state, as the gallery shows it and its pictures are named. */
export interface Scene {
  /** Lower-case words with hyphens: the address in the gallery and the name of its pictures. */
  readonly id: string;
  readonly title: string;
  /** What its picture holds: the whole page, or only the sheet that lies over it. */
  readonly part: 'page' | 'sheet';
  /** A selector of Playwright's for what has to be there before a picture is taken; for what comes a moment later. */
  readonly until?: string;
  readonly show: () => ReactElement;
}

export interface SceneGroup {
  readonly title: string;
  readonly scenes: readonly Scene[];
}
