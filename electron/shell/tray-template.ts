import type { MenuItemConstructorOptions } from 'electron';
import { commandById, type Command, type CommandId } from '../contract/commands/commands.ts';
import { isOpen, type Job } from '../contract/job.ts';
import type { MachineVm, Vm } from '../contract/machine.ts';
import { printableLine } from '../contract/printable.ts';
import { progressText } from '../contract/words/jobs.ts';
import { type MachineCommand, machineCommands } from './machine-actions.ts';
import { countWords, detailOf, glyphOf, isStopped, type Glyph } from './machine-words.ts';

/** What the menu-bar menu shows and does. */
export interface TrayContext {
  vms: readonly Vm[];
  jobs: readonly Job[];
  /** The time that the menu opens; absent where it is built ahead and seconds would grow stale. */
  now?: Date;
  /** Path of the picture of a state; absent where menus show none. */
  glyph?: (glyph: Glyph) => string;
  run(command: MachineCommand, vm: MachineVm): void;
  newMachine(): void;
  openLibrary(): void;
  openJobs(): void;
  quit(): void;
}

/** More stopped machines than this are looked for in the library, not in a menu. */
const maxStopped = 20;
const maxJobs = 6;

const order: readonly (Glyph | undefined)[] = ['running', 'paused', 'suspended', 'busy', 'failed'];
const separator: MenuItemConstructorOptions = { type: 'separator' };

/** The menu of the menu-bar item: machines with their verbs, jobs, and the way to the library. */
export function trayTemplate(context: TrayContext): MenuItemConstructorOptions[] {
  return [
    { label: countWords(context.vms), enabled: false },
    ...machineItems(context),
    separator,
    ...jobItems(context),
    { ...appItem('file.new'), click: () => context.newMachine() },
    { ...appItem('window.library'), label: 'Open Library', click: () => context.openLibrary() },
    separator,
    { label: 'Quit Tatin…', accelerator: 'CmdOrCtrl+Q', registerAccelerator: false, click: () => context.quit() },
  ];
}

/** The key is shown for learning; it belongs to the menu bar, not to this menu. */
function appItem(id: CommandId): MenuItemConstructorOptions {
  const { title, accelerator } = commandById(id);
  return { label: title, ...(accelerator === undefined ? {} : { accelerator, registerAccelerator: false }) };
}

function machineItems(context: TrayContext): MenuItemConstructorOptions[] {
  const machines = context.vms.filter((vm) => vm.kind === 'machine').sort(byName);
  const awake = machines.filter((vm) => !isStopped(vm));
  const stopped = machines.filter(isStopped);
  const items = order.flatMap((glyph) =>
    awake.filter((vm) => glyphOf(vm.state) === glyph).map((vm) => machineItem(vm, context)),
  );
  if (stopped.length > 0) items.push(stoppedItem(stopped, context));
  return items;
}

function machineItem(vm: MachineVm, context: TrayContext): MenuItemConstructorOptions {
  const glyph = glyphOf(vm.state);
  const failure = vm.state.phase === 'failed' ? vm.state.error.message : undefined;
  return {
    label: isStopped(vm) ? literal(vm.name) : `${literal(vm.name)} · ${detailOf(vm, context.now)}`,
    ...(glyph === undefined || context.glyph === undefined ? {} : { icon: context.glyph(glyph) }),
    ...(failure === undefined ? {} : { toolTip: printableLine(failure) }),
    submenu: verbItems(vm, context),
  };
}

/** The machines used last come first in choice, by name in order. */
function stoppedItem(stopped: readonly MachineVm[], context: TrayContext): MenuItemConstructorOptions {
  const recent = [...stopped]
    .sort((a, b) => Date.parse(b.accessedAt) - Date.parse(a.accessedAt))
    .slice(0, maxStopped)
    .sort(byName);
  const rest = stopped.length - recent.length;
  return {
    label: `Stopped · ${stopped.length}`,
    submenu: [
      ...recent.map((vm) => machineItem(vm, context)),
      ...(rest > 0 ? [separator, { label: `${rest} More in Library`, click: () => context.openLibrary() }] : []),
    ],
  };
}

/** Only what the machine's state allows; the rest is absent, as in a toolbar. */
function verbItems(vm: MachineVm, context: TrayContext): MenuItemConstructorOptions[] {
  const offered = machineCommands.filter((command) => command.when(vm));
  if (offered.length === 0) return [{ label: literal(vm.notRunnable ?? 'Nothing can be done now'), enabled: false }];
  return offered.flatMap((command, index) => {
    const before = offered[index - 1];
    const item = { label: command.title, click: () => context.run(command, vm) };
    return before === undefined || section(before) === section(command) ? [item] : [separator, item];
  });
}

/** Begin, then change and end, then what only reads. */
function section(command: Command): number {
  if (command.verb === undefined) return 3;
  return command.group === 1 ? 1 : 2;
}

function jobItems(context: TrayContext): MenuItemConstructorOptions[] {
  const open = context.jobs.filter((job) => isOpen(job) || job.state === 'failed');
  if (open.length === 0) return [];
  const rest = open.length - maxJobs;
  return [
    { label: 'Jobs', enabled: false },
    ...open.slice(0, maxJobs).map((job) => ({
      label: `${literal(job.title)} · ${isOpen(job) ? progressText(job) : job.state}`,
      click: () => context.openJobs(),
    })),
    ...(rest > 0 ? [{ label: `${rest} More`, click: () => context.openJobs() }] : []),
    separator,
  ];
}

/** A text as it is, but for what would steer a menu; on Linux, menus take `&` for the mark of an access key. */
function literal(text: string): string {
  return printableLine(text).replaceAll('&', '&&');
}

function byName(a: MachineVm, b: MachineVm): number {
  return a.name.localeCompare(b.name, 'en', { numeric: true });
}
