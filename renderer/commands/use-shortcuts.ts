import { useEffect } from 'react';
import { type App, useApp } from '../state/app.tsx';
import { shownImages } from '../state/shown-images.ts';
import { shownVms } from '../state/shown.ts';
import { acceleratorOf, isPressed, parseAccelerator } from './accelerator.ts';
import { chosenIn, libraryCommands, runCommand } from './library-commands.ts';

/** Chooses every machine or image that is shown; the page's own texts are never what is meant. */
function selectAll({ library, view }: App): void {
  const { vms, images } = library.getState();
  const now = view.getState();
  if (now.page === 'machines')
    view.setState({ selection: new Set(shownVms(vms ?? new Map(), now).map(({ id }) => id)) });
  if (now.page === 'images') {
    const shown = shownImages(images ?? [], now.images);
    view.setState({ images: { ...now.images, selection: new Set(shown.map(({ id }) => id)) } });
  }
}

/** Runs commands at their keys, and those that the shell's menus send. While a sheet is open it has the keys. */
export function useShortcuts(): void {
  const app = useApp();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (app.view.getState().overlay !== undefined) return;
      const isInField = event.target instanceof HTMLElement && event.target.closest('input, textarea') !== null;
      if (!isInField && isPressed(parseAccelerator('CmdOrCtrl+A', app.shell.platform), event)) {
        event.preventDefault();
        selectAll(app);
        return;
      }
      for (const command of libraryCommands) {
        const text = acceleratorOf(command, app.shell);
        if (text === undefined || (isInField && command.isEditingKey === true)) continue;
        if (!isPressed(parseAccelerator(text, app.shell.platform), event)) continue;
        event.preventDefault();
        runCommand(app, command.id);
        return;
      }
    };
    window.addEventListener('keydown', onKey);
    const off = app.shell.onCommand((id) => runCommand(app, id));
    return () => {
      window.removeEventListener('keydown', onKey);
      off();
    };
  }, [app]);

  useEffect(() => {
    const tell = (): void => {
      const chosen = chosenIn(app);
      const enabled = libraryCommands.filter((command) => command.when(app, chosen));
      app.shell.setEnabledCommands(enabled.map(({ id }) => id));
    };
    tell();
    const ends = [app.view.subscribe(tell), app.library.subscribe(tell)];
    return () => ends.forEach((end) => end());
  }, [app]);
}
