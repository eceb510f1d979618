import { stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, type ErrorInfo } from '../../contract/errors.ts';
import type { Host } from '../../contract/host.ts';
import type { GuestOs, MachineState } from '../../contract/machine.ts';
import type { MachineChoices } from '../../contract/network-settings.ts';
import { ControlClient } from '../../guest/control-client.ts';
import { type RunCommand, runCommand } from '../../host/command-runner.ts';
import { readAnnotations } from '../../library/annotations.ts';
import { tartFiles, tatinFiles } from '../../library/layout.ts';
import { diskInUse } from '../../files/locks.ts';
import type { MacInstaller } from '../mac-installer.ts';
import type { Driver, Machine } from '../machine.ts';
import { MachineLife } from '../shared/machine-life.ts';
import { SerialHub } from '../shared/serial-hub.ts';
import { forgetFailure, keepFailure, keptFailure } from '../shared/last-run.ts';
import { States, now } from '../shared/states.ts';
import type { VzAddon, VzNativeMachine } from './addon.ts';
import { agentPort, relayAgent } from './agent-relay.ts';
import { vzChoices } from './choices.ts';
import { type VzDescriptors, addonDescriptors } from './descriptors.ts';
import { type VzFacts, vzConnectionSchema } from './document.ts';
import { vzError } from './errors.ts';
import { HeldLock } from './held-lock.ts';
import { type LoadedAddon, loadAddon, requireAddon } from './load-addon.ts';
import { lookAtLoginKeychain } from './login-keychain.ts';
import { checkMacLimit, guestProcesses, limitReached, runningMacMachines } from './mac-limit.ts';
import { vzMacInstaller } from './mac-setup.ts';
import { buildVzPlan } from './plan.ts';
import { admitVzPlan } from './admit-plan.ts';
import type { VzPlan } from './planned.ts';
import { realize } from './realize.ts';
import type { VzRunOptions } from './run-options.ts';
import { viewOf } from './tart-options.ts';
import { VzForwards, macGuestFinder } from './vz-forwards.ts';
import { VzEngine } from './vz-engine.ts';
import { VzMachine } from './vz-machine.ts';

export interface VzDriverOptions {
  /** Default: the addon of this process. */
  readonly load?: () => LoadedAddon;
  /** Default: the addon's own. */
  readonly descriptors?: (addon: VzAddon) => VzDescriptors;
  /** The architecture of this computer's processor. */
  readonly architecture?: NodeJS.Architecture;
  /** Asks programs of macOS. */
  readonly run?: RunCommand;
}

/** Runs guests with Virtualization.framework, in this process: they end with it. */
export class VzDriver implements Driver {
  readonly kind = 'vz';
  readonly survivesApp = false;
  readonly #load: () => LoadedAddon;
  readonly #descriptors: (addon: VzAddon) => VzDescriptors;
  readonly #architecture: NodeJS.Architecture;
  readonly #run: RunCommand;
  /** By folder. */
  readonly #machines = new Map<string, VzMachine>();

  constructor(options: VzDriverOptions = {}) {
    this.#load = options.load ?? (() => loadAddon());
    this.#descriptors = options.descriptors ?? addonDescriptors;
    this.#architecture = options.architecture ?? process.arch;
    this.#run = options.run ?? runCommand;
  }

  guests(): Promise<Host['guests']> {
    return Promise.resolve(vzGuests(this.#load(), this.#architecture));
  }

  macInstaller(): MacInstaller {
    return vzMacInstaller(requireAddon(this.#load()), this.#run);
  }

  choices({ os }: { os: GuestOs }): Promise<MachineChoices> {
    return vzChoices(os, requireAddon(this.#load()).facts, this.#run);
  }

  async start(folder: string, options: VzRunOptions, signal: AbortSignal): Promise<VzMachine> {
    const { addon, facts } = requireAddon(this.#load());
    const keychain = await lookAtLoginKeychain(this.#run, facts.macOS.major, signal);
    if (keychain.state === 'locked') throw keychain.error;
    const lock = await HeldLock.take(folder, signal);
    const states = new States({ phase: 'starting', since: now() });
    const stack = new AsyncDisposableStack();
    stack.use(lock);
    try {
      const run = { addon, facts, folder, options, lock, states, stack, signal };
      const { machine, life } = await this.#begin(run);
      this.#machines.set(folder, machine);
      void life.ended.then((last) => this.#cleanUp(folder, last, states, stack));
      return machine;
    } catch (error) {
      await stack.disposeAsync();
      throw await this.#withNames(vzError(error), folder);
    }
  }

  /** The framework does not say which machines it counts. */
  async #withNames(error: AppError, folder: string): Promise<AppError> {
    if (error.code !== 'machine-limit') return error;
    return limitReached(runningMacMachines(folder), await guestProcesses(this.#run));
  }

  attach(folder: string): Promise<Machine | undefined> {
    return Promise.resolve(this.#machines.get(folder));
  }

  /** The machine that this process runs, for the window that shows it. */
  running(folder: string): VzMachine | undefined {
    return this.#machines.get(folder);
  }

  lastFailure(folder: string): Promise<{ at: Date; error: ErrorInfo } | undefined> {
    return keptFailure(folder);
  }

  async #begin(run: Run): Promise<{ machine: VzMachine; life: MachineLife }> {
    const { addon, facts, folder, options, lock, stack, signal } = run;
    const isSuspended = (await stat(path.join(folder, tartFiles.savedState)).catch(() => undefined)) !== undefined;
    const vm = { folder, config: lock.config, annotations: readAnnotations(folder), suspended: isSuspended };
    const plan = await admitVzPlan(buildVzPlan(vm, options, facts), vm, options);
    if (lock.config.os === 'darwin') checkMacLimit(folder);
    await checkFiles(plan);
    await makeVariableStore(addon, plan);
    if (options.rosetta !== undefined && facts.rosetta === 'notInstalled') await installRosetta(addon);
    const { machine, life, engine } = await this.#make(run, plan, isSuspended);
    signal.throwIfAborted();
    await startOrEnd(life, signal);
    await forgetFailure(folder);
    const connect = () => this.#connectAgent(addon, engine.native);
    stack.use(await relayAgent(path.join(folder, tartFiles.controlSocket), connect));
    life.markRunning();
    return { machine, life };
  }

  async #make(run: Run, plan: VzPlan, isSuspended: boolean) {
    const { addon, folder, lock, states, stack } = run;
    const { document, console, terminal, networkEnded } = await realize(plan, this.#descriptors(addon), stack);
    const serial = stack.use(new SerialHub(path.join(folder, tatinFiles.serialLog), isSuspended));
    const shown = { start: plan.start, view: viewOf(plan, {}) };
    const engine = stack.use(new VzEngine({ addon, document, folder, restores: isSuspended, ...shown }));
    const life = new MachineLife({ engine, states, pid: lock.pid });
    serial.connectGuest(console);
    const findGuest = macGuestFinder(new ControlClient(path.join(folder, tartFiles.controlSocket)), plan, this.#run);
    const forwards = stack.use(await VzForwards.open(plan, findGuest));
    const machine = new VzMachine({ folder, states, life, lock, serial, screen: engine.screen, forwards });
    if (terminal !== undefined) life.warn(`Its serial port is ${terminal}.`);
    void networkEnded.then(() => life.warn("The guest's network has ended, because Softnet did. Restart the machine."));
    return { machine, life, engine };
  }

  async #connectAgent(addon: VzAddon, native: VzNativeMachine) {
    const { descriptor, connection } = vzConnectionSchema.parse(JSON.parse(await native.connect(agentPort)));
    const stream = this.#descriptors(addon).streamOf(descriptor);
    stream.once('close', () => letGo(native, connection));
    return stream;
  }

  async #cleanUp(folder: string, last: MachineState, states: States, stack: AsyncDisposableStack): Promise<void> {
    if (last.phase === 'failed') await keepFailure(folder, last.error);
    this.#machines.delete(folder);
    // The lock is among what is closed: who hears of the end may start the machine again at once.
    await stack.disposeAsync().catch(() => undefined);
    states.become(last);
  }
}

interface Run {
  readonly addon: VzAddon;
  readonly facts: VzFacts;
  readonly folder: string;
  readonly options: VzRunOptions;
  readonly lock: HeldLock;
  readonly states: States;
  readonly stack: AsyncDisposableStack;
  readonly signal: AbortSignal;
}

/** The framework can't be told to give up a start, so one that is called off is ended when it has begun. */
async function startOrEnd(life: MachineLife, signal: AbortSignal): Promise<void> {
  await life.start();
  if (!signal.aborted) return;
  await life.forceStop();
  throw AppError.from(signal.reason);
}

/** The machine may have been closed before the stream was. */
function letGo(native: VzNativeMachine, connection: number): void {
  try {
    native.letGoOfConnection(connection);
  } catch (error) {
    return;
  }
}

async function checkFiles(plan: VzPlan): Promise<void> {
  for (const { attachment } of plan.storage) {
    if (attachment.kind !== 'image') continue;
    const status = await stat(attachment.path).catch(() => undefined);
    if (status === undefined || status.isDirectory())
      throw new AppError('file-not-found', `The disk ${attachment.path} ${status ? 'is a folder' : 'is missing'}.`, {
        hint: 'Put it back, or take it off the machine.',
      });
    if (!attachment.readOnly && diskInUse(attachment.path))
      throw new AppError('disk-in-use', `The disk ${path.basename(attachment.path)} is in use by another program.`, {
        hint: 'Unmount it in Finder, or end that program, and start the machine again.',
        details: attachment.path,
        retry: true,
      });
  }
}

/** A machine made on another system has an empty file in place of the store that only this framework can make. */
async function makeVariableStore(addon: VzAddon, { boot }: VzPlan): Promise<void> {
  if (boot.kind !== 'efi') return;
  const status = await stat(boot.variableStore).catch(() => undefined);
  if (status !== undefined && status.size > 0) return;
  addon.createVariableStore(JSON.stringify({ path: boot.variableStore, overwrite: true }));
}

/** macOS asks its user first, who may refuse, or be at no screen. */
async function installRosetta(addon: VzAddon): Promise<void> {
  try {
    await addon.installRosetta();
  } catch (error) {
    throw new AppError('not-supported', 'Rosetta is not installed on this Mac, and could not be.', {
      hint: 'Type: softwareupdate --install-rosetta',
      details: vzError(error).message,
      cause: error,
    });
  }
}

/** What the framework runs on this computer, or why not. */
function vzGuests(loaded: LoadedAddon, architecture: NodeJS.Architecture): Host['guests'] {
  const own = architecture === 'arm64' ? 'arm64' : 'amd64';
  const reason = 'notAvailable' in loaded ? loaded.notAvailable : undefined;
  const can = reason === undefined ? { accelerator: 'Virtualization.framework' } : { notAvailable: reason };
  const mac = own === 'arm64' ? can : { notAvailable: reason ?? 'macOS guests need a Mac with Apple silicon.' };
  const foreign = { notAvailable: `This Mac's processor runs ${own} guests only.` };
  return [
    { os: 'darwin', arch: 'arm64', driver: 'vz', ...mac },
    { os: 'linux', arch: 'arm64', driver: 'vz', ...(own === 'arm64' ? can : foreign) },
    { os: 'linux', arch: 'amd64', driver: 'vz', ...(own === 'amd64' ? can : foreign) },
  ];
}
