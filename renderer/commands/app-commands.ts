import { givenPath } from '../files/given.ts';
import type { App } from '../state/app.tsx';
import { togglePanel } from '../state/panels.ts';
import type { Overlay } from '../state/view-store.ts';
import { attempt } from './attempt.ts';
import type { Actions } from './command.ts';

const hasSessions = ({ shell }: App): boolean => shell.sessions !== undefined;

/** What the commands do that work on the app: they make, bring and show. */
export const appActions: Actions<'app'> = {
  'app.service': { perform: open({ kind: 'service' }) },
  'app.settings': { perform: openSettings },
  'app.logOut': {
    when: hasSessions,
    perform: (app) => void attempt(app, 'You were not logged out', async () => app.shell.sessions?.logOut('this')),
  },
  'app.logOutAll': { when: hasSessions, perform: open({ kind: 'log-out-all' }) },

  'file.new': { perform: open({ kind: 'new-vm' }) },
  'file.newDemo': {
    // Chosen before anything is known of the host, it runs or says why not.
    when: ({ library }) => library.getState().host?.demoGuest.available !== false,
    perform: (app) => void newDemo(app),
  },
  'file.pull': { perform: open({ kind: 'pull' }) },
  'file.import': { perform: (app) => void attempt(app, 'Nothing was imported', () => importFile(app)) },
  'images.prune': { perform: open({ kind: 'prune' }) },
  'registries.show': { perform: open({ kind: 'registries' }) },

  'edit.find': { perform: () => document.querySelector<HTMLInputElement>('input[type="search"]')?.focus() },
  'edit.palette': {
    when: ({ view }) => view.getState().overlay?.kind !== 'palette',
    perform: open({ kind: 'palette' }),
  },

  'view.icons': { perform: ({ view }) => view.setState({ view: 'icons' }) },
  'view.list': { perform: ({ view }) => view.setState({ view: 'list' }) },
  'view.sidebar': { perform: ({ view }) => togglePanel(view, 'sidebar') },
  'view.inspector': { perform: ({ view }) => togglePanel(view, 'inspector') },

  'window.jobs': { perform: open({ kind: 'jobs' }) },
  'help.keys': { perform: open({ kind: 'keys' }) },
};

function open(overlay: Overlay): (app: App) => void {
  return ({ view }) => view.setState({ overlay });
}

/** A window of their own, where the app has one. */
function openSettings({ shell, view }: App): void {
  if (shell.openSettings === undefined) view.setState({ page: 'settings' });
  else shell.openSettings();
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
