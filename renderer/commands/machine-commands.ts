import type { Vm } from '../../electron/contract/machine.ts';
import type { RequestVerb } from '../../electron/contract/verbs.ts';
import type { App } from '../state/app.tsx';
import type { Overlay } from '../state/view-store.ts';
import { copyText } from './attempt.ts';
import type { Actions } from './command.ts';
import { moveToTrash } from './move-to-trash.ts';
import { requestVerb } from './request-verb.ts';

const addressOf = (vm: Vm): string | undefined => (vm.kind === 'machine' ? vm.address?.ip : undefined);

/** What the commands do that work on chosen machines. */
export const machineActions: Actions<'selection' | 'one'> = {
  'machine.start': { perform: request('start') },
  'machine.resume': { perform: request('resume') },
  'machine.console': { perform: ({ shell }, vms) => vms.forEach(({ id }) => shell.openConsole(id)) },
  'machine.pause': { perform: request('pause') },
  'machine.suspend': { perform: request('suspend') },
  'machine.shutDown': { perform: request('shutDown') },
  'machine.reset': { perform: ask('reset') },
  'machine.forceStop': { perform: ask('forceStop') },
  'machine.discardSuspended': { perform: ask('discardSuspended') },

  'machine.copyAddress': {
    when: (vm) => addressOf(vm) !== undefined,
    perform: (app, vm) => void copyText(app, addressOf(vm) ?? ''),
  },
  'machine.reveal': {
    when: (_vm, { shell }) => shell.reveal !== undefined,
    perform: ({ shell }, { folder }) => shell.reveal?.(folder),
  },
  'machine.rename': { perform: ({ view }, { id }) => view.setState({ renaming: id }) },
  'machine.duplicate': { perform: ({ view }, { id }) => view.setState({ overlay: { kind: 'duplicate', id } }) },
  'machine.export': { perform: ({ view }, { id }) => view.setState({ overlay: { kind: 'export', id } }) },
  'machine.push': {
    perform: ({ view }, { id, name }) => view.setState({ overlay: { kind: 'push', from: { kind: 'vm', id, name } } }),
  },
  'machine.delete': {
    perform: (app, vms) => {
      if (app.library.getState().settings?.['library.confirmDelete'] === false) void moveToTrash(app, vms);
      else ask('delete')(app, vms);
    },
  },
};

function request(verb: RequestVerb): (app: App, vms: readonly Vm[]) => void {
  return (app, vms) => vms.forEach((vm) => void requestVerb(app, verb, vm));
}

/** Asks first, since something would be lost. */
function ask(verb: Extract<Overlay, { kind: 'confirm' }>['verb']): (app: App, vms: readonly Vm[]) => void {
  return ({ view }, vms) => view.setState({ overlay: { kind: 'confirm', verb, ids: vms.map(({ id }) => id) } });
}
