import type { MenuItemConstructorOptions, PowerSaveBlocker } from 'electron';
import type { Job, RunningJob } from '../contract/job.ts';
import type { MachineVm, Phase, Vm } from '../contract/machine.ts';
import { printableLine } from '../contract/printable.ts';
import { detailOf } from './machine-words.ts';
import type { Status } from './status.ts';

/** The number on the Dock icon: jobs that failed and still wait to be seen. Empty for none. */
export function badgeText(jobs: readonly Job[]): string {
  const failed = jobs.filter((job) => job.state === 'failed').length;
  return failed === 0 ? '' : String(failed);
}

/**
 * What `setProgressBar` shows: the share done of the job that will take longest, above 1 for a bar that knows no end,
 * and -1 for none.
 */
export function dockProgress(jobs: readonly Job[]): number {
  const running = jobs.filter((job) => job.state === 'running');
  if (running.length === 0) return -1;
  const [max] = running.sort((a, b) => remaining(b) - remaining(a));
  return max?.fraction ?? 2;
}

/** Seconds, or where they are unknown the larger the less is done, after every job that knows its time. */
function remaining(job: RunningJob): number {
  return job.secondsLeft ?? 1 - (job.fraction ?? 1);
}

/** States that a machine passes through while its memory goes to disk or comes from there. */
const movingMemory: ReadonlySet<Phase> = new Set<Phase>(['saving', 'restoring']);

/**
 * Whether the computer should stay awake for the work in hand. A running guest alone is none: it sleeps and wakes with the
 * computer, whose memory it is a part of, and loses nothing.
 */
export function keepsAwake(jobs: readonly Job[], vms: readonly Vm[]): boolean {
  return (
    jobs.some(({ state }) => state === 'running') ||
    vms.some((vm) => vm.kind === 'machine' && movingMemory.has(vm.state.phase))
  );
}

/** The Dock icon's own menu: the running machines, which open their console, and a new one. */
export function dockMenuTemplate(
  vms: readonly Vm[],
  actions: { openConsole(vm: MachineVm): void; newMachine(): void },
): MenuItemConstructorOptions[] {
  const running = vms.filter((vm) => vm.kind === 'machine').filter((vm) => vm.state.phase === 'running');
  const items = running.map((vm) => ({
    label: `${printableLine(vm.name)} · ${detailOf(vm)}`,
    click: () => actions.openConsole(vm),
  }));
  return [
    ...items,
    ...(items.length > 0 ? [{ type: 'separator' } as const] : []),
    { label: 'New Virtual Machine…', click: () => actions.newMachine() },
  ];
}

/** Where work is shown outside of windows. */
export interface WorkPlaces {
  /** Only a Mac has one. */
  dock: Pick<Electron.Dock, 'setBadge' | 'setMenu'> | undefined;
  powerSaveBlocker: Pick<PowerSaveBlocker, 'start' | 'stop'>;
  menu(template: MenuItemConstructorOptions[]): Electron.Menu;
  /** The window whose icon shows the progress; none shows none. */
  progressWindow(): Pick<Electron.BrowserWindow, 'setProgressBar'> | undefined;
  openConsole(vm: MachineVm): void;
  newMachine(): void;
}

/**
 * Keeps Dock and power in step with machines and jobs until it is disposed of: badge, bar, menu, and a computer that does not
 * fall asleep over a job.
 */
export function followWork(status: Status, places: WorkPlaces): Disposable {
  let badge = '';
  let blocker: number | undefined;
  let menu = '';
  const keepAwake = (wanted: boolean): void => {
    if (wanted) blocker ??= places.powerSaveBlocker.start('prevent-app-suspension');
    else if (blocker !== undefined) {
      places.powerSaveBlocker.stop(blocker);
      blocker = undefined;
    }
  };
  const update = (): void => {
    const { vms, jobs } = status;
    keepAwake(keepsAwake(jobs, vms));
    places.progressWindow()?.setProgressBar(dockProgress(jobs));
    if (badge !== badgeText(jobs)) places.dock?.setBadge((badge = badgeText(jobs)));
    const template = dockMenuTemplate(vms, places);
    const text = JSON.stringify(template);
    if (text !== menu) places.dock?.setMenu(places.menu(template));
    menu = text;
  };
  const stop = status.onChange(update);
  update();
  return {
    [Symbol.dispose]: () => {
      stop();
      keepAwake(false);
    },
  };
}
