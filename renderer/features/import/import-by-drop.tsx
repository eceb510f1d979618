import { type ReactElement, useEffect } from 'react';
import { DropVeil } from '../../files/drop-veil.tsx';
import { type Given, givenPath } from '../../files/given.ts';
import { useApp, useView } from '../../state/app.tsx';
import type { ViewStore } from '../../state/view-store.ts';

/** Whatever is dropped on the window, or given to the app from outside, is looked at in the import sheet. */
export function ImportByDrop(): ReactElement {
  const { shell, view } = useApp();
  const isWanted = useView(({ overlay }) => overlay === undefined || overlay.kind === 'import');
  useEffect(() => shell.onOpenFiles?.((paths) => importAll(view, paths.map(givenPath))), [shell, view]);
  return (
    <DropVeil
      shell={shell}
      isWanted={isWanted}
      title={(count) => (count === 1 ? 'Drop to import' : `Drop to import ${count} files`)}
      text={(count) =>
        count === 1
          ? 'You see what it is and what it becomes before anything is made.'
          : 'Each becomes a job of its own. You see what they are and become before anything is made.'
      }
      onGiven={(given) => importAll(view, given)}
    />
  );
}

/** Adds to an import sheet that is open, or opens one. */
function importAll(view: ViewStore, given: readonly Given[]): void {
  if (given.length === 0) return;
  view.setState(({ overlay }) => ({
    overlay: { kind: 'import', given: [...(overlay?.kind === 'import' ? overlay.given : []), ...given] },
  }));
}
