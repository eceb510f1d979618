import { AppError } from '../../contract/errors.ts';
import type { Library, LibraryVm } from '../../library/library.ts';
import { signalOwner } from '../../operations/machines/other-programs.ts';
import { openLibrary } from '../open-library.ts';
import type { DefineCommand } from '../program.ts';
import { configPath, notRunning, waitForEnd } from '../running.ts';
import type { Terminal } from '../terminal.ts';
import { uint16 } from '../values.ts';

/** A process that was told to turn a machine off and does not within this is killed, in milliseconds. */
const turnOffMs = 10_000;
/** A killed process is gone at once; the system may be slow. */
const killMs = 10_000;

interface Options {
  timeout: number;
  force?: true;
}

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Ask a running VM to shut down, and turn it off if it does not')
    .argument('<name>', 'VM that runs, or is suspended')
    .option('-t, --timeout <seconds>', 'Time that it has to shut down', uint16, 30)
    .option('--force', 'Turn it off at once, as pulling the plug would')
    .addHelpText('after', '\nOf a suspended VM the saved state is discarded; its disk stays as it was then.')
    .action((name: string, options: Options) => stop(name, options, terminal));
};

async function stop(name: string, { timeout, force }: Options, terminal: Terminal): Promise<void> {
  const library = await openLibrary();
  const vm = await library.get(name);
  await library.touch(name);
  if (vm.lockPid !== undefined) {
    const hasEnded = force !== true && (await askToShutDown(vm, vm.lockPid, timeout, terminal));
    if (!hasEnded) await turnOff(vm, vm.lockPid, terminal);
  } else if (vm.suspendedAt !== undefined) {
    await discard(library, name, terminal);
  } else {
    throw notRunning(name);
  }
}

/** Whether it is down within the time. The signals are Tart's, so that this also works on what Tart runs. */
async function askToShutDown(vm: LibraryVm, pid: number, timeoutS: number, terminal: Terminal): Promise<boolean> {
  signalOwner(configPath(vm.folder), 'SIGUSR2');
  if (await waitForEnd(vm.folder, pid, timeoutS * 1000, terminal.interrupted)) return true;
  terminal.note(`${vm.name} has not shut down within ${timeoutS} seconds. Turning it off.`);
  return false;
}

async function turnOff(vm: LibraryVm, pid: number, terminal: Terminal): Promise<void> {
  if (!ask(vm, 'SIGINT') || (await waitForEnd(vm.folder, pid, turnOffMs, terminal.interrupted))) return;
  terminal.note(`Process ${pid}, which runs ${vm.name}, does not answer. Killing it.`);
  if (ask(vm, 'SIGKILL')) await waitForEnd(vm.folder, pid, killMs, terminal.interrupted);
}

/** False if it ended meanwhile, which is what was wanted. */
function ask(vm: LibraryVm, signal: 'SIGINT' | 'SIGKILL'): boolean {
  try {
    signalOwner(configPath(vm.folder), signal);
    return true;
  } catch (error) {
    if (AppError.from(error).code === 'vm-not-running') return false;
    throw error;
  }
}

async function discard(library: Library, name: string, terminal: Terminal): Promise<void> {
  await library.discardSavedState(name);
  terminal.note(`${name} was suspended. Its saved state is discarded: the next run boots.`);
}
