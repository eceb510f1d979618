import type { ForwardState } from '../../contract/network.ts';
import { AppError } from '../../contract/errors.ts';
import type { PortForward } from '../../contract/machine.ts';
import { isAlive } from '../../contract/verbs.ts';
import type { Machine } from '../../hypervisor/machine.ts';
import { planForwards } from '../../hypervisor/shared/plan-options.ts';
import { sameForward, sameHostPort } from '../../network/forward-set.ts';
import type { LoadedServices } from '../services.ts';

type ForwardRooms = Pick<LoadedServices, 'library' | 'machines'>;
type HostPort = Pick<PortForward, 'protocol' | 'hostAddress' | 'hostPort'>;

/** The machine behind a VM if Tatin has a hold of it; undefined if it is off, or another program runs it. */
async function machineOf({ machines }: ForwardRooms, name: string): Promise<Machine | undefined> {
  try {
    const machine = await machines.running(name);
    return isAlive(machine.state.phase) ? machine : undefined;
  } catch (error) {
    if (error instanceof AppError && (error.code === 'vm-not-running' || error.code === 'not-allowed'))
      return undefined;
    throw error;
  }
}

/** Ways into a machine: those kept beside it, and those that are open now. */
export async function listForwards(rooms: ForwardRooms, name: string): Promise<ForwardState[]> {
  const kept = (await rooms.library.get(name)).annotations.portForwards;
  const open = (await (await machineOf(rooms, name))?.portForwards()) ?? [];
  return [
    ...kept.map((forward) => ({
      forward,
      isOpen: open.some((one) => sameForward(one, forward)),
      isKept: true,
    })),
    ...open
      .filter((forward) => !kept.some((one) => sameForward(one, forward)))
      .map((forward) => ({ forward, isOpen: true, isKept: false })),
  ];
}

/**
 * Keeps a forward beside the machine, and opens it at once if it runs.
 * @throws AppError `invalid-input`, `port-taken`, `not-supported`; then nothing has changed
 */
export async function addForward(rooms: ForwardRooms, name: string, forward: PortForward): Promise<void> {
  const { annotations } = await rooms.library.get(name);
  const kept = annotations.portForwards.filter((one) => !sameForward(one, forward));
  planForwards([...kept, forward]);
  const machine = await machineOf(rooms, name);
  const before = (await machine?.portForwards()) ?? [];
  if (machine !== undefined && !before.some((one) => sameForward(one, forward)))
    await machine.setPortForwards([...before, forward]);
  try {
    await rooms.library.annotate(name, { portForwards: [...kept, forward] });
  } catch (error) {
    await machine?.setPortForwards(before).catch(() => undefined);
    throw error;
  }
}

/**
 * Closes a forward, and forgets it. What can't be closed while the machine runs is forgotten all the same.
 * @throws AppError `invalid-input` if there is none at that port, and why it stays open until the machine stops
 */
export async function removeForward(rooms: ForwardRooms, name: string, port: HostPort): Promise<void> {
  const kept = (await rooms.library.get(name)).annotations.portForwards;
  const machine = await machineOf(rooms, name);
  const open = (await machine?.portForwards()) ?? [];
  const isIt = (one: PortForward) => sameHostPort(one, port);
  if (![...kept, ...open].some(isIt))
    throw new AppError(
      'invalid-input',
      `${port.protocol.toUpperCase()} port ${port.hostPort} of ${port.hostAddress} does not lead into ${JSON.stringify(name)}.`,
      { hint: `See what does: tatin forward list ${name}` },
    );
  if (kept.some(isIt)) await rooms.library.annotate(name, { portForwards: kept.filter((one) => !isIt(one)) });
  if (open.some(isIt)) await machine?.setPortForwards(open.filter((one) => !isIt(one)));
}
