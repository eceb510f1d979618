import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { Client } from '../../../electron/contract/contract.ts';
import type { MachineVm, VmId } from '../../../electron/contract/machine.ts';
import { isAlive } from '../../../electron/contract/verbs.ts';
import { type ConsoleVmSnapshot, VmFollower } from './console-vm.ts';
import type { NativeScreenState } from '../../../electron/contract/native-screen.ts';
import { shell } from '../../client/shell.ts';
import { NativeSession, statusOf } from './native-session.ts';
import { ScreenSession, type ScreenSnapshot } from './screen-session.ts';
import { type ScreenView, screenView } from './screen-view.ts';
import { SerialSession, type SerialSnapshot } from './serial-session.ts';

/** One machine's console: what it follows, and what is known of each part now. */
export interface Console {
  readonly client: Client;
  readonly id: VmId;
  readonly follower: VmFollower;
  readonly screen: ScreenSession;
  readonly native: NativeSession;
  readonly serial: SerialSession;
  readonly known: ConsoleVmSnapshot;
  readonly picture: ScreenSnapshot;
  /** How the screen stands that macOS draws over the page; `remote` where it comes through a channel. */
  readonly over: NativeScreenState;
  readonly port: SerialSnapshot;
  readonly view: ScreenView;
  /** The machine, once it is known and can be read. */
  readonly machine: MachineVm | undefined;
  /** Whether a process of Tatin stands behind it, so that there is a screen and a serial port to open. */
  readonly isOurs: boolean;
  /** Tries at once whatever is lost. */
  retry(): void;
}

/** Follows a VM and its screen for as long as the component is there. */
export function useConsole(client: Client, id: VmId): Console {
  const [follower] = useState(() => new VmFollower(client, id));
  const [screen] = useState(() => new ScreenSession(client, id));
  const [native] = useState(() => new NativeSession(shell().nativeScreen));
  const [serial] = useState(() => new SerialSession(client, id));
  const known = useSyncExternalStore(follower.subscribe, follower.getSnapshot);
  const picture = useSyncExternalStore(screen.subscribe, screen.getSnapshot);
  const over = useSyncExternalStore(native.subscribe, native.getSnapshot);
  const port = useSyncExternalStore(serial.subscribe, serial.getSnapshot);

  useEffect(() => follower.follow(), [follower]);
  useEffect(() => native.follow(), [native]);

  const vm = known.machine.kind === 'there' ? known.machine.vm : undefined;
  const machine = vm?.kind === 'machine' ? vm : undefined;
  const state = machine?.state;
  const isElsewhere = state?.phase === 'running' && state.owner === 'elsewhere';
  const isOurs = state !== undefined && isAlive(state.phase) && !isElsewhere;

  const isRemote = over.kind === 'remote';
  useEffect(() => {
    screen.want(isOurs && isRemote);
    // A step forward of the machine or the connection is the best moment for another attempt.
    if (known.connection !== 'connected') return;
    screen.retry();
    serial.retry();
  }, [screen, serial, isOurs, isRemote, state?.phase, known.connection]);
  useEffect(() => () => screen.want(false), [screen]);

  const view = useMemo(
    () => screenView(known.machine, known.connection, isRemote ? picture : { status: statusOf(over) }),
    [known.machine, known.connection, picture, over, isRemote],
  );
  const retry = (): void => {
    client.reconnect?.();
    screen.retry();
    native.retry();
    serial.retry();
  };
  return { client, id, follower, screen, native, serial, known, picture, over, port, view, machine, isOurs, retry };
}
