import { commandById, commands, type Command, type CommandId } from '../../electron/contract/commands.ts';
import { AppError } from '../../electron/contract/errors.ts';
import type { Vm, VmId } from '../../electron/contract/machine.ts';
import { allowedVerbs } from '../../electron/contract/verbs.ts';
import { givenPath } from '../files/given.ts';
import type { App } from '../state/app.tsx';
import { togglePanel } from '../state/panels.ts';
import { shownVms } from '../state/shown.ts';
import { attempt, copyText } from './attempt.ts';
import { imageRunners, imageTargetsOf, isOfImages, runImageCommand, selectedImages } from './image-commands.ts';

export { attempt, copyText };

/** The commands that this window runs; those of the console have their own page. */
export function libraryCommands(): Command[] {
  return commands.filter(({ id }) => runners[id] !== undefined || imageRunners[id] !== undefined);
}

/** The chosen VMs among those shown: nobody means a machine that a search or another page has taken out of sight. */
export function selectedVms({ library, view }: App): Vm[] {
  const { vms } = library.getState();
  const { selection, page, ...showing } = view.getState();
  return vms === undefined || page !== 'machines' ? [] : shownVms(vms, showing).filter(({ id }) => selection.has(id));
}

/** The VMs among those chosen that a command works on now. */
export function targetsOf(command: Command, chosen: readonly Vm[]): Vm[] {
  const { verb } = command;
  if (isOfImages(command) || (command.scope === 'one' && chosen.length !== 1)) return [];
  if (command.id === 'machine.copyAddress')
    return chosen.filter((vm) => vm.kind === 'machine' && vm.address !== undefined);
  return verb === undefined ? [...chosen] : chosen.filter((vm) => allowedVerbs(vm).has(verb));
}

/** Whether a command can be run now: on those VMs, or on the chosen images. */
export function isEnabled(command: Command, chosen: readonly Vm[], app: App): boolean {
  if (command.id === 'machine.reveal') return chosen.length === 1 && app.shell.reveal !== undefined;
  if (command.id === 'app.logOut' || command.id === 'app.logOutAll') return app.shell.sessions !== undefined;
  if (command.id === 'file.newDemo') return app.library.getState().host?.demoGuest.available === true;
  if (isOfImages(command)) return imageTargetsOf(command, selectedImages(app)).length > 0;
  return command.scope === 'app' || targetsOf(command, chosen).length > 0;
}

/** Runs a command on those VMs, or on the machines or images that are chosen. What fails is said in a toast; nothing is thrown. */
export function runCommand(app: App, id: CommandId, chosen: readonly Vm[] = selectedVms(app)): void {
  const command = commandById(id);
  if (isOfImages(command)) {
    runImageCommand(app, command);
    return;
  }
  const targets = targetsOf(command, chosen);
  if (command.scope !== 'app' && targets.length === 0) return;
  runners[id]?.(app, targets);
}

type Runner = (app: App, targets: readonly Vm[]) => void;

const confirmed =
  (verb: 'forceStop' | 'reset' | 'discardSuspended' | 'delete'): Runner =>
  ({ view }, targets) =>
    view.setState({ overlay: { kind: 'confirm', verb, ids: targets.map(({ id }) => id) } });

type LifeProcedure =
  | 'machines.start'
  | 'machines.shutDown'
  | 'machines.pause'
  | 'machines.resume'
  | 'machines.suspend'
  | 'machines.forceStop'
  | 'machines.reset'
  | 'machines.discardSuspended';

const life =
  (procedure: LifeProcedure): Runner =>
  (app, targets) => {
    for (const { id, name } of targets) void askFor(app, procedure, id, name);
  };

const failureTitles: Record<LifeProcedure, string> = {
  'machines.start': 'did not start',
  'machines.shutDown': 'was not asked to shut down',
  'machines.pause': 'was not paused',
  'machines.resume': 'did not go on',
  'machines.suspend': 'was not suspended',
  'machines.forceStop': 'was not stopped',
  'machines.reset': 'was not reset',
  'machines.discardSuspended': 'keeps its saved state',
};

/** Asks for one thing of one machine; a failure becomes a toast. */
export async function askFor(app: App, procedure: LifeProcedure, id: VmId, name: string): Promise<boolean> {
  return await attempt(app, `“${name}” ${failureTitles[procedure]}`, async () => {
    try {
      await app.client.call(procedure, { id });
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (procedure !== 'machines.start') throw error;
      if (error.code === 'machine-limit')
        app.view.setState({ overlay: { kind: 'mac-limit', id, error: error.toInfo() } });
      else if (error.code === 'paths-not-confirmed') await askAboutPaths(app, id);
      else throw error;
    }
  });
}

/** It opens what its user has not allowed on this computer, so the user says whether it may. */
async function askAboutPaths({ client, view }: App, id: VmId): Promise<void> {
  const paths = await client.call('vms.pathsToAllow', { id });
  view.setState({ overlay: { kind: 'allow-paths', id, paths } });
}

/** Without asking; what has no Trash to go to is asked about all the same. */
async function moveToTrash(app: App, vms: readonly Vm[]): Promise<void> {
  for (const { id, name } of vms)
    await attempt(app, `“${name}” was not moved to the Trash`, async () => {
      try {
        await app.client.call('vms.delete', { id });
      } catch (thrown) {
        if (AppError.from(thrown).code !== 'not-supported') throw thrown;
        app.view.setState({ overlay: { kind: 'confirm', verb: 'delete', ids: [id] } });
      }
    });
}

/** Makes a demo guest under a free name and starts it, with its console in sight. */
async function newDemo(app: App): Promise<void> {
  await attempt(app, 'Demo Linux was not made', async () => {
    const { name } = await app.client.call('vms.suggestName', { suggestion: 'demo-linux' });
    await app.client.call('vms.create', { name, source: { from: 'demo' }, start: true });
  });
}

/** Asks the system which file, or shows the sheet that one can be dropped on. */
async function importFile({ shell, view }: App): Promise<void> {
  if (shell.chooseFile === undefined) view.setState({ overlay: { kind: 'import', given: [] } });
  else {
    const path = await shell.chooseFile({ title: 'Import', kind: 'any' });
    if (path !== undefined) view.setState({ overlay: { kind: 'import', given: [givenPath(path)] } });
  }
}

/** A window of their own, where the app has one. */
export function openSettings({ shell, view }: App): void {
  if (shell.openSettings === undefined) view.setState({ page: 'settings' });
  else shell.openSettings();
}

const runners: Partial<Record<CommandId, Runner>> = {
  'app.service': ({ view }) => view.setState({ overlay: { kind: 'service' } }),
  'app.settings': openSettings,
  'app.logOut': (app) => void attempt(app, 'You are not logged out', async () => app.shell.sessions?.logOut('this')),
  'app.logOutAll': ({ view }) => view.setState({ overlay: { kind: 'log-out-all' } }),
  'file.new': ({ view }) => view.setState({ overlay: { kind: 'new-vm' } }),
  'file.newDemo': (app) => void newDemo(app),
  'file.pull': ({ view }) => view.setState({ overlay: { kind: 'pull' } }),
  'images.prune': ({ view }) => view.setState({ overlay: { kind: 'prune' } }),
  'registries.show': ({ view }) => view.setState({ overlay: { kind: 'registries' } }),
  'machine.push': ({ view }, [vm]) =>
    vm !== undefined && view.setState({ overlay: { kind: 'push', from: { kind: 'vm', id: vm.id, name: vm.name } } }),
  'file.import': (app) => void attempt(app, 'Nothing was imported', () => importFile(app)),
  'machine.export': ({ view }, [vm]) => vm !== undefined && view.setState({ overlay: { kind: 'export', id: vm.id } }),
  'edit.find': () => document.querySelector<HTMLInputElement>('input[type="search"]')?.focus(),
  'edit.palette': ({ view }) => view.setState({ overlay: { kind: 'palette' } }),
  'view.icons': ({ view }) => view.setState({ view: 'icons' }),
  'view.list': ({ view }) => view.setState({ view: 'list' }),
  'view.sidebar': ({ view }) => togglePanel(view, 'sidebar'),
  'view.inspector': ({ view }) => togglePanel(view, 'inspector'),
  'machine.start': life('machines.start'),
  'machine.resume': life('machines.resume'),
  'machine.pause': life('machines.pause'),
  'machine.suspend': life('machines.suspend'),
  'machine.shutDown': life('machines.shutDown'),
  'machine.console': ({ shell }, targets) => targets.forEach(({ id }) => shell.openConsole(id)),
  'machine.forceStop': confirmed('forceStop'),
  'machine.reset': confirmed('reset'),
  'machine.discardSuspended': confirmed('discardSuspended'),
  'machine.delete': (app, targets) => {
    if (app.library.getState().settings?.['library.confirmDelete'] === false) void moveToTrash(app, targets);
    else confirmed('delete')(app, targets);
  },
  'machine.copyAddress': (app, [vm]) => {
    if (vm?.kind === 'machine' && vm.address !== undefined) void copyText(app, vm.address.ip);
  },
  'machine.reveal': ({ shell }, [vm]) => vm !== undefined && shell.reveal?.(vm.folder),
  'machine.rename': ({ view }, [vm]) => vm !== undefined && view.setState({ renaming: vm.id }),
  'machine.duplicate': ({ view }, [vm]) =>
    vm !== undefined && view.setState({ overlay: { kind: 'duplicate', id: vm.id } }),
  'window.jobs': ({ view }) => view.setState({ overlay: { kind: 'jobs' } }),
  'help.keys': ({ view }) => view.setState({ overlay: { kind: 'keys' } }),
};
