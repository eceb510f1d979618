import { useEffect } from 'react';
import type { CommandId } from '../../electron/contract/commands.ts';
import { useApp } from '../state/app.tsx';
import { acceleratorOf, isPressed, parseAccelerator } from './accelerator.ts';
import { isEnabled, libraryCommands, runCommand, selectedVms } from './run.ts';

/** Keys that a text field wants for itself. */
const editing = new Set<CommandId>(['machine.delete', 'machine.duplicate']);

/** Runs commands at their keys, and those that the shell's menus send. While a sheet is open it has the keys. */
export function useShortcuts(): void {
  const app = useApp();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (app.view.getState().overlay !== undefined) return;
      const isInField = event.target instanceof HTMLElement && event.target.closest('input, textarea') !== null;
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
