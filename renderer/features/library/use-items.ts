import { type KeyboardEvent, type MouseEvent, useCallback } from 'react';
import type { Vm, VmId } from '../../../electron/contract/machine.ts';
import { allowedVerbs } from '../../../electron/contract/verbs.ts';
import { runCommand } from '../../commands/library-commands.ts';
import { useApp } from '../../state/app.tsx';
import { useChoosing } from '../../collection/use-choosing.ts';

/** What a double click does to a machine now, for its tooltip; undefined for nothing. */
export function openingOf(vm: Vm): string | undefined {
  const allowed = allowedVerbs(vm);
  if (allowed.has('openConsole')) return 'Double-click to open its console';
  if (!allowed.has('start')) return undefined;
  const isSuspended = vm.kind === 'machine' && vm.state.phase === 'suspended';
  return `Double-click to ${isSuspended ? 'resume' : 'start'} it and open its console`;
}

/** The id of an item's element, for `aria-activedescendant`. */
export function itemId(id: VmId): string {
  return `vm-${id}`;
}

const nameOf = ({ name }: Vm): string => name;

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
  const onOpen = useCallback(
    (vm: Vm) => {
      const allowed = allowedVerbs(vm);
      if (allowed.has('openConsole')) app.shell.openConsole(vm.id);
      else if (allowed.has('start')) {
        runCommand(app, 'machine.start', { machines: [vm] });
        app.shell.openConsole(vm.id);
      }
    },
    [app],
  );
  const onKey = (event: KeyboardEvent, focused: Vm | undefined): boolean => {
    if (focused === undefined) return false;
    if (event.key === 'Enter' && view.getState().selection.size === 1)
      runCommand(app, 'machine.rename', { machines: [focused] });
    else if (event.key === ' ') view.setState({ overlay: { kind: 'quick-look', id: focused.id } });
    else return false;
    return true;
  };
  const choosing = useChoosing(shown, {
    columns,
    nameOf,
    elementIdOf: itemId,
    selected: () => view.getState(),
    setSelected: ({ selection, anchor, focus }) => view.setState({ selection, anchor, focus }),
    onKey,
  });
  return { ...choosing, onOpen };
}
