import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { ReadStream } from 'node:tty';
import type { Command } from 'commander';
import { AppError } from '../../contract/errors.ts';
import type { MachineState } from '../../contract/machine.ts';
import type { Driver, Machine, RunOptions } from '../../hypervisor/machine.ts';
import type { Home } from '../../library/home.ts';
import { vmIdOf } from '../../library/vm-id.ts';
import { byteChannelOf } from '../../operations/byte-channel.ts';
import { screenSourceOf } from '../../operations/machines/screen-source.ts';
import { openAllServices } from '../../operations/open-services.ts';
import type { LoadedServices } from '../../operations/services.ts';
import { CommandExit, exitCodes } from '../failure.ts';
import { belongsInApp, continueInApp, readyLine } from '../in-app.ts';
import { type MacRun, macRunOf, shareScreen } from '../mac-run.ts';
import { type DefineCommand } from '../program.ts';
import { checkRunFlags, defineRunOptions, type RunFlags, runOptionsOf } from '../run-options.ts';
import { stateLine } from '../run-progress.ts';
import type { RunWindow } from '../run-window.ts';
import { alreadyRunning } from '../running.ts';
import { followSerial } from '../serial-console.ts';
import type { EndingSignal, Terminal } from '../terminal.ts';

const help = `
Stays until the guest has ended. Ctrl-C asks it to shut down, a second Ctrl-C turns it off.
Closing the terminal leaves it running. A suspended VM resumes where it was.

Examples:
  tatin run web --disk debian.iso:ro          with an installer disc
  tatin run web --disk ghcr.io/me/data:1      with a copy of an image's disk, thrown away afterwards
  tatin run web --forward 2222:22             then: ssh -p 2222 user@127.0.0.1
  tatin run web --dir src:~/src               in a Linux guest: mount -t virtiofs src /mnt
  tatin run --detach web                      in the background`;

export const define: DefineCommand = (command, terminal) => defineRun(command, terminal);

/** The process that the command is run in. */
export interface RunPlace {
  /** What it shows machines with; absent where nothing does. */
  readonly window?: RunWindow;
  /** Default: that of this platform. */
  readonly driver?: Driver;
  /** Whether Tart's options are all to be had. */
  readonly isMac?: boolean;
}

/** The command in a process that may be another than a terminal's usual one. */
export function defineRun(command: Command, terminal: Terminal, place: RunPlace = {}): void {
  command.description('Run a VM').argument('<name>', 'VM that is shut down or suspended');
  defineRunOptions(command);
  command
    .addHelpText('after', help)
    .action((name: string, flags: RunFlags) => run(name, flags, command, terminal, place));
}

async function run(
  name: string,
  flags: RunFlags,
  command: Command,
  terminal: Terminal,
  { window, driver, isMac = process.platform === 'darwin' }: RunPlace,
): Promise<void> {
  checkRunFlags(command, isMac);
  const mac = isMac ? macRunOf(flags, command.getOptionValueSource('graphics') === 'cli') : undefined;
  if (belongsInApp()) {
    const { askForSlot } = await import('../mac-slots.ts');
    await askForSlot(name, terminal);
    await continueInApp(process.argv.slice(2), terminal, { detach: flags.detach === true });
    return;
  }
  await using services = await openAllServices(driver === undefined ? {} : { driver });
  const vm = await services.library.get(name);
  if (vm.lockPid !== undefined) throw new CommandExit(exitCodes.noSuchOrNotRunning, alreadyRunning(name));
  const machine = await startWithDisks(services, name, flags, mac, terminal);
  if (flags.detach === true) {
    const { state } = machine;
    // Nobody stays to hear of it later.
    if (state.phase === 'running' && state.warning !== undefined) terminal.note(`${name}: ${state.warning}`);
    // A machine of this process ends with it, so it stays, and only the waiting command may go.
    if (services.driver.survivesApp) return;
    terminal.print(readyLine);
  }
  using _shown = mac === undefined ? undefined : showWindow(services, machine, mac, window, terminal);
  const state = await stay(services, machine, flags, mac, terminal, window);
  if (state?.phase === 'failed') throw AppError.fromInfo(state.error);
}

/** Undefined where there is nothing to show, or nowhere to show it. */
function showWindow(
  services: LoadedServices,
  machine: Machine,
  { window: look, isSuspendable }: MacRun,
  window: RunWindow | undefined,
  terminal: Terminal,
): Disposable | undefined {
  const source = screenSourceOf(services, vmIdOf(machine.name));
  if (source.kind !== 'here' || look === undefined) return undefined;
  const run = {
    name: machine.name,
    screen: source.screen,
    capturesSystemKeys: look.capturesSystemKeys,
    suspend: isSuspendable ? () => machine.suspend() : undefined,
    shutDown: () => machine.shutDown(),
    forceStop: () => machine.forceStop(),
  };
  try {
    return window?.show(run);
  } catch (error) {
    // The guest runs, and is not to lose its power over a picture.
    terminal.note(`It is not shown: ${AppError.from(error).message}`);
    return undefined;
  }
}

/** Once it runs, the guest holds copies of images' disks open, and nobody else needs their names. */
async function startWithDisks(
  services: LoadedServices,
  name: string,
  flags: RunFlags,
  mac: MacRun | undefined,
  terminal: Terminal,
): Promise<Machine> {
  const { library } = services;
  // Read before anything is copied: a mistake shows at once.
  await runOptionsOf(flags, await library.get(name));
  await using copies = await imageDisks(library.home, flags.disk ?? [], terminal);
  const options = {
    ...(await runOptionsOf({ ...flags, disk: [...copies.disks] }, await library.get(name))),
    ...mac?.options,
  };
  return await start(services, name, options, terminal);
}

/** Loads what knows of images only if one of the disks could be one. */
async function imageDisks(
  home: Home,
  disks: readonly string[],
  terminal: Terminal,
): Promise<AsyncDisposable & { disks: readonly string[] }> {
  if (!disks.some((disk) => disk.includes('/'))) return { disks, [Symbol.asyncDispose]: () => Promise.resolve() };
  const { ImageDisks } = await import('../image-disks.ts');
  return await ImageDisks.copy(home, disks, terminal.interrupted);
}

/** Interrupting a start calls it off. */
async function start(
  services: LoadedServices,
  name: string,
  options: RunOptions,
  terminal: Terminal,
): Promise<Machine> {
  try {
    return await services.machines.start(name, options, terminal.interrupted);
  } catch (error) {
    if (error instanceof AppError && error.code === 'machine-limit') {
      const { makeWayInTerminal } = await import('../mac-slots.ts');
      await makeWayInTerminal(services.machines, name, error, terminal);
      return await start(services, name, options, terminal);
    }
    if (error instanceof AppError && error.code === 'vm-running')
      throw new CommandExit(exitCodes.noSuchOrNotRunning, alreadyRunning(name));
    throw error;
  }
}

/** Stays with the machine until it ends, and says how it does; undefined if the terminal went before. */
async function stay(
  services: LoadedServices,
  machine: Machine,
  flags: RunFlags,
  mac: MacRun | undefined,
  terminal: Terminal,
  window: RunWindow | undefined,
): Promise<MachineState | undefined> {
  const gone = new AbortController();
  using _end = terminal.listenForEnd(endListener(services, machine, terminal, gone));
  let said = '';
  const say = (state: MachineState) => {
    const line = stateLine(machine.name, state);
    if (line === undefined || line === said) return;
    said = line;
    terminal.note(line);
  };
  say(machine.state);
  const off = machine.onState(say);
  try {
    // On a Mac the framework itself joins the port to the terminal that was asked for.
    const serial = mac === undefined ? showSerial(machine, flags, terminal, gone.signal) : undefined;
    if (mac?.sharesScreen === true)
      shareScreen(machine, window, terminal, gone.signal).catch((error: unknown) =>
        terminal.note(AppError.from(error).message),
      );
    const state = await machine.ended(gone.signal);
    say(state);
    await serial;
    return state;
  } catch (error) {
    if (gone.signal.aborted) return undefined;
    throw error;
  } finally {
    off();
    // Who still waits for something of the guest waits in vain.
    gone.abort();
  }
}

/** What Ctrl-C means: the first asks the guest, the next turns it off. A terminal that went leaves it running. */
function endListener(
  services: LoadedServices,
  machine: Machine,
  terminal: Terminal,
  gone: AbortController,
): (signal: EndingSignal) => void {
  let asked = 0;
  return (signal) => {
    if (signal === 'SIGHUP') {
      // A machine of this process would lose its power with it.
      if (services.driver.survivesApp) gone.abort();
      return;
    }
    asked++;
    const request =
      asked === 1
        ? services.machines.shutDown(machine.name)
        : services.machines.forceStop(machine.name, new AbortController().signal);
    request.catch((error: unknown) => {
      const { message } = AppError.from(error);
      terminal.note(asked === 1 ? `${message} Ctrl-C again turns it off.` : message);
    });
  };
}

/** Joins the serial port to this terminal or another, if that was asked for, until either side ends. */
async function showSerial(machine: Machine, flags: RunFlags, terminal: Terminal, signal: AbortSignal): Promise<void> {
  if (flags.serial === true) {
    const serial = byteChannelOf(await machine.openSerial());
    const end = await followSerial(terminal, serial, { interactive: true }, signal);
    if (end === 'released') terminal.note(`\nDetached from the console. Ctrl-C asks ${machine.name} to shut down.`);
  } else if (flags.serialPath !== undefined) {
    await joinDevice(machine, flags.serialPath, signal);
  }
}

async function joinDevice(machine: Machine, devicePath: string, signal: AbortSignal): Promise<void> {
  // A terminal device must not become the one that controls this process.
  const file = await open(devicePath, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  const device = new ReadStream(file.fd);
  device.setRawMode(true);
  const serial = await machine.openSerial();
  signal.addEventListener('abort', () => serial.destroy(), { once: true });
  try {
    device.on('data', (bytes) => serial.write(bytes));
    for await (const bytes of serial as AsyncIterable<Buffer>) device.write(bytes);
  } finally {
    device.destroy();
  }
}
