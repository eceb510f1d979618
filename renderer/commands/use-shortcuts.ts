import { useEffect } from 'react';
import type { CommandId } from '../../electron/contract/commands.ts';
import { type App, useApp } from '../state/app.tsx';
import { shownImages } from '../state/shown-images.ts';
import { shownVms } from '../state/shown.ts';
import { acceleratorOf, isPressed, parseAccelerator } from './accelerator.ts';
import { isEnabled, libraryCommands, runCommand, selectedVms } from './run.ts';

/** Keys that a text field wants for itself. */
const editing = new Set<CommandId>(['machine.delete', 'machine.duplicate']);

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
      for (const command of libraryCommands()) {
        const text = acceleratorOf(command, app.shell);
        const id = command.id as CommandId; // The table's own ids are what the type is made of.
        if (text === undefined || (isInField && editing.has(id))) continue;
        if (!isPressed(parseAccelerator(text, app.shell.platform), event)) continue;
        event.preventDefault();
        runCommand(app, id);
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
      const chosen = selectedVms(app);
      const enabled = libraryCommands().filter((command) => isEnabled(command, chosen, app));
      app.shell.setEnabledCommands(enabled.map(({ id }) => id as CommandId));
    };
    tell();
    const ends = [app.view.subscribe(tell), app.library.subscribe(tell)];
    return () => ends.forEach((end) => end());
  }, [app]);
}
