import './host/private-process.ts';
import { enableCompileCache } from 'node:module';
import { compiledFolder } from './host/folders.ts';
import type { CommandEntry } from './terminal/program.ts';

// Compiled code is kept from one call to the next; without a place for it, everything works the same, slower.
enableCompileCache(compiledFolder());

const library = 'The library:';
const images = 'Images of registries:';
const machines = 'Machines:';
const guests = 'Guests:';

/** Every command. Each is read from its own file, and only when it is called. */
const commands: readonly CommandEntry[] = [
  { name: 'create', group: library, summary: 'Make a VM', load: () => import('./terminal/commands/create.ts') },
  { name: 'list', group: library, summary: 'List VMs', load: () => import('./terminal/commands/list.ts') },
  { name: 'get', group: library, summary: "Show a VM's settings", load: () => import('./terminal/commands/get.ts') },
  { name: 'set', group: library, summary: "Change a VM's settings", load: () => import('./terminal/commands/set.ts') },
  {
    name: 'clone',
    group: library,
    summary: 'Duplicate a VM, or make one from an image',
    load: () => import('./terminal/commands/clone.ts'),
  },
  {
    name: 'macos',
    group: library,
    summary: 'Find, check and fetch versions of macOS',
    load: () => import('./terminal/commands/macos.ts'),
  },
  { name: 'rename', group: library, summary: 'Rename a VM', load: () => import('./terminal/commands/rename.ts') },
  { name: 'delete', group: library, summary: 'Delete VMs', load: () => import('./terminal/commands/delete.ts') },
  {
    name: 'prune',
    group: library,
    summary: 'Delete what has not been used for long',
    load: () => import('./terminal/commands/prune.ts'),
  },
  {
    name: 'import',
    group: library,
    summary: 'Make a VM of a file: .tvm, disk image, appliance',
    load: () => import('./terminal/commands/import.ts'),
  },
  {
    name: 'export',
    group: library,
    summary: 'Write a VM to a file',
    load: () => import('./terminal/commands/export.ts'),
  },

  { name: 'pull', group: images, summary: 'Fetch an image', load: () => import('./terminal/commands/pull.ts') },
  { name: 'push', group: images, summary: 'Send a VM', load: () => import('./terminal/commands/push.ts') },
  {
    name: 'login',
    group: images,
    summary: 'Log in to a registry',
    load: () => import('./terminal/commands/login.ts'),
  },
  {
    name: 'logout',
    group: images,
    summary: 'Forget a login',
    load: () => import('./terminal/commands/logout.ts'),
  },
  {
    name: 'fqn',
    group: images,
    summary: "Print a pulled image's digest",
    load: () => import('./terminal/commands/fqn.ts'),
  },

  { name: 'run', group: machines, summary: 'Run a VM', load: () => import('./terminal/commands/run.ts') },
  { name: 'stop', group: machines, summary: 'Shut a VM down', load: () => import('./terminal/commands/stop.ts') },
  {
    name: 'suspend',
    group: machines,
    summary: "Save a VM's state and stop it",
    load: () => import('./terminal/commands/suspend.ts'),
  },
  { name: 'pause', group: machines, summary: 'Pause a VM', load: () => import('./terminal/commands/pause.ts') },
  {
    name: 'resume',
    group: machines,
    summary: 'Resume a paused VM',
    load: () => import('./terminal/commands/resume.ts'),
  },
  {
    name: 'reset',
    group: machines,
    summary: 'Restart a VM at once',
    load: () => import('./terminal/commands/reset.ts'),
  },

  { name: 'ip', group: guests, summary: "Print a VM's address", load: () => import('./terminal/commands/ip.ts') },
  { name: 'exec', group: guests, summary: 'Run a command in a VM', load: () => import('./terminal/commands/exec.ts') },
  {
    name: 'serial',
    group: guests,
    summary: "Show a VM's serial console",
    load: () => import('./terminal/commands/serial.ts'),
  },
  {
    name: 'screenshot',
    group: guests,
    summary: "Write a picture of a VM's screen",
    load: () => import('./terminal/commands/screenshot.ts'),
  },

  {
    name: 'status',
    group: library,
    summary: 'Show the supervision of VMs: health, restarts, schedule',
    load: () => import('./terminal/commands/status.ts'),
  },
  {
    name: 'usage',
    group: library,
    summary: 'Show what a VM used of this computer over time',
    load: () => import('./terminal/commands/usage.ts'),
  },
  {
    name: 'events',
    group: library,
    summary: 'Show what happened to a VM',
    load: () => import('./terminal/commands/events.ts'),
  },
  {
    name: 'service',
    group: 'The app:',
    summary: 'Run Tatin at login',
    load: () => import('./terminal/commands/service.ts'),
  },
  {
    name: 'forward',
    group: machines,
    summary: 'Forward ports of this computer to a VM',
    load: () => import('./terminal/commands/forward.ts'),
  },
  {
    name: 'network',
    group: 'The app:',
    summary: 'Show and change the network of guests',
    load: () => import('./terminal/commands/network.ts'),
  },
  {
    name: 'settings',
    group: 'The app:',
    summary: 'Show and change the settings of Tatin',
    load: () => import('./terminal/commands/settings.ts'),
  },
  {
    name: 'home',
    group: 'The app:',
    summary: 'Show and choose where VMs live',
    load: () => import('./terminal/commands/home.ts'),
  },
  {
    name: 'doctor',
    group: 'The app:',
    summary: 'Find out what is wrong, and fix it',
    load: () => import('./terminal/commands/doctor.ts'),
  },
  {
    name: 'serve',
    group: 'The app:',
    summary: 'Show the app in a browser',
    load: () => import('./terminal/commands/serve.ts'),
  },
];

const { runCommandLine } = await import('./terminal/program.ts');
// Not process.exit: what was written may still be on its way.
process.exitCode = await runCommandLine(process.argv.slice(2), commands);
