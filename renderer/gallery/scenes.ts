import { componentScenes } from './component-scenes.tsx';
import { consoleScenes } from './console-scenes.tsx';
import { libraryScenes } from './library-scenes.tsx';
import { pageScenes } from './page-scenes.tsx';
import type { SceneGroup } from './scene.ts';
import { sheetScenes } from './sheet-scenes.tsx';

/** Everything that the gallery shows. A new component or state is a line in one of these. */
export const sceneGroups: readonly SceneGroup[] = [
  { title: 'Components', scenes: componentScenes },
  { title: 'Library', scenes: libraryScenes },
  { title: 'Pages', scenes: pageScenes },
  { title: 'Sheets', scenes: sheetScenes },
  { title: 'Console', scenes: consoleScenes },
];
