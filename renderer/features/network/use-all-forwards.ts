import type { MachineVm } from '../../../electron/contract/machine.ts';
import type { ForwardState } from '../../../electron/contract/network.ts';
import { isAlive } from '../../../electron/contract/verbs.ts';
import { useAnswer } from '../../client/use-answer.ts';
import { useApp, useLibrary } from '../../state/app.tsx';

/** A forward of a machine; `isOpen` is undefined until the machine was asked, or where it can’t be. */
export interface ForwardRow {
  readonly vm: MachineVm;
  readonly forward: ForwardState['forward'];
  readonly isKept: boolean;
  readonly isOpen: boolean | undefined;
}

/** The forwards of all machines by their port here. Those of machines that run are what the machine says of itself. */
export function useAllForwards(): readonly ForwardRow[] {
  const { client } = useApp();
  const vms = useLibrary((state) => state.vms);
  const machines = [...(vms?.values() ?? [])].filter((vm) => vm.kind === 'machine');
  const live = machines.filter(
    ({ state }) => isAlive(state.phase) && !('owner' in state && state.owner === 'elsewhere'),
  );
  const question = JSON.stringify(
    live.map(({ id, state: { phase }, annotations }) => [id, phase, annotations.portForwards]),
  );
  const { value: told } = useAnswer(question, async (signal) => {
    const ask = async ({ id }: MachineVm): Promise<[string, ForwardState[]] | undefined> => {
      try {
        return [id, await client.call('forwards.list', { id }, { signal })];
      } catch {
        // It may have ended between the question and the answer.
        return undefined;
      }
    };
    return new Map((await Promise.all(live.map(ask))).filter((answer) => answer !== undefined));
  });
  return machines
    .flatMap((vm): ForwardRow[] => {
      const states = told?.get(vm.id);
      if (states !== undefined) return states.map((state) => ({ vm, ...state }));
      const isOpen = isAlive(vm.state.phase) ? undefined : false;
      return vm.annotations.portForwards.map((forward) => ({ vm, forward, isKept: true, isOpen }));
    })
    .sort((a, b) => a.forward.hostPort - b.forward.hostPort);
}
