import { type KeyboardEvent, type MouseEvent, useCallback, useEffect, useRef } from 'react';
import type { Vm, VmId } from '../../../electron/contract/machine.ts';
import { allowedVerbs } from '../../../electron/contract/verbs.ts';
import { runCommand } from '../../commands/run.ts';
import { useApp } from '../../state/app.tsx';
import { moved, select } from '../../state/selection.ts';

/** How long a pause between two letters still makes them one word, in milliseconds. */
const typingPauseMs = 800;
/** What a double click does to a machine now, for its tooltip; undefined for nothing. */
export function openingOf(vm: Vm): string | undefined {
  const allowed = allowedVerbs(vm);
  if (allowed.has('openConsole')) return 'Double-click to open its console';
  if (!allowed.has('start')) return undefined;
  const isSuspended = vm.kind === 'machine' && vm.state.phase === 'suspended';
  return `Double-click to ${isSuspended ? 'resume' : 'start'} it and open its console`;
}

const arrows = new Set(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End']);

/** Mouse and keyboard in the grid and the list alike. `columns` is how many items stand beside each other. */
export function useItems(
  shown: readonly Vm[],
  columns: number,
): {
  onChoose: (id: VmId, event: MouseEvent) => void;
  onOpen: (vm: Vm) => void;
  onKeyDown: (event: KeyboardEvent) => void;
  chosenOrNone: () => readonly Vm[];
} {
  const app = useApp();
  const { view } = app;
  const typed = useRef({ text: '', atMs: 0 });
  const latest = useRef(shown);
  useEffect(() => {
    latest.current = shown;
  }, [shown]);

  const onChoose = useCallback(
    (id: VmId, event: MouseEvent) => {
      const ids = latest.current.map((vm) => vm.id);
      // A click with the other button keeps a selection that it is in, so that the menu is for all of it.
      if (event.button === 2 && view.getState().selection.has(id)) return;
      const how = event.shiftKey ? 'range' : event.metaKey || event.ctrlKey ? 'toggle' : 'only';
      view.setState((now) => select(ids, now, id, how));
    },
    [view],
  );

  const onOpen = useCallback(
    (vm: Vm) => {
      const allowed = allowedVerbs(vm);
      if (allowed.has('openConsole')) app.shell.openConsole(vm.id);
      else if (allowed.has('start')) {
        runCommand(app, 'machine.start', [vm]);
        app.shell.openConsole(vm.id);
      }
    },
    [app],
  );

  const typeTo = (letter: string, atMs: number): void => {
    const text = atMs - typed.current.atMs < typingPauseMs ? typed.current.text + letter : letter;
    typed.current = { text, atMs };
    const found = shown.find(({ name }) => name.toLowerCase().startsWith(text.toLowerCase()));
    if (found !== undefined) view.setState((now) => select([], now, found.id, 'only'));
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const { focus, selection } = view.getState();
    const focused = shown.find(({ id }) => id === focus);
    if (arrows.has(event.key)) {
      const ids = shown.map(({ id }) => id);
      const to = moved(ids, focus, event.key, columns);
      if (to !== undefined) view.setState((now) => select(ids, now, to, event.shiftKey ? 'range' : 'only'));
    } else if (event.key === 'Enter' && focused !== undefined && selection.size === 1) {
      runCommand(app, 'machine.rename', [focused]);
    } else if (event.key === ' ' && focused !== undefined) {
      view.setState({ overlay: { kind: 'quick-look', id: focused.id } });
    } else if (event.key === 'Escape') {
      view.setState({ selection: new Set(), anchor: undefined });
    } else if (event.key.length === 1 && !event.metaKey && !event.ctrlKey && !event.altKey) {
      typeTo(event.key, event.timeStamp);
    } else return;
    event.preventDefault();
  };

  const chosenOrNone = (): readonly Vm[] => {
    const { selection } = view.getState();
    return shown.filter(({ id }) => selection.has(id));
  };

  return { onChoose, onOpen, onKeyDown, chosenOrNone };
}
