import path from 'node:path';
import { type Backend, procedures, type ParsedInput, type ProcedureName } from '../contract/contract.ts';
import { AppError } from '../contract/errors.ts';
import type { Host } from '../contract/host.ts';
import { readHostFacts } from '../host/host-facts.ts';
import { Log } from '../host/log.ts';
import { openChosenHome } from '../settings/open-home.ts';
import { newMachineDefaults } from '../settings/new-machine.ts';
import { cacheFolder, runtimeFolder, stateFolder } from '../host/folders.ts';
import { projectRoot } from '../host/paths.ts';
import type { Driver } from '../hypervisor/machine.ts';
import { platformDriver } from '../hypervisor/platform-driver.ts';
import { DemoGuest } from '../demo-guest/demo-guest.ts';
import { sweepPartialExports } from '../transfer/export/partial-exports.ts';
import { JobList } from '../jobs/job-list.ts';
import { Library } from '../library/library.ts';
import { openChannel } from './channels.ts';
import { cloneVm, createVm, hostArch, startVm } from './machines/creation.ts';
import { makeDoctor } from './host/doctor-service.ts';
import { subscribeTo } from './events.ts';
import { makeHandlers, withLog } from './handlers.ts';
import { makeFromImage } from './images/image-machines.ts';
import { ImageService } from './images/image-service.ts';
import { MachineService } from './machines/machine-service.ts';
import { startPrune } from './images/pruning.ts';
import { startPull } from './images/pulling.ts';
import { startPush } from './images/pushing.ts';
import { startVerify } from './images/verifying.ts';
import { makeNetworkService } from './network/network-service.ts';
import { startMacFetch } from './macos/mac-images.ts';
import { startMacInstall } from './macos/mac-install.ts';
import { startInstead } from './macos/mac-slots.ts';
import { exportedFile, startExport } from './transfer/exports.ts';
import { discardAbandonedHomeMoves, startHomeMove } from './host/home-moves.ts';
import { discardAbandonedImports, startImport } from './transfer/imports.ts';
import { Supervisor } from './supervision/supervisor.ts';
import type { Rooms } from './rooms.ts';
import { Uploads } from './transfer/uploads.ts';

const never = new AbortController().signal;

/** Everything that an interface works with. */
export interface Services extends Rooms, AsyncDisposable {
  /** All of it behind the contract, for a transport. */
  readonly backend: Backend;
}

export interface ServicesOptions {
  /** The Tart home; default `TART_HOME`, what the settings name, or `~/.tart`. */
  home?: string;
  /** Looks after machines that are to run for long; only for a Tatin that stays. */
  supervise?: boolean;
  /** Default: the driver of this platform. */
  driver?: Driver;
}

/**
 * Builds the services over a home. Disposing of them calls off running jobs and lets go of the machines, which go on.
 * @throws AppError `home-unavailable`
 */
export async function createServices(options: ServicesOptions = {}): Promise<Services> {
  // A drive that is not connected may come while the window is open.
  const library = await (options.home === undefined ? openChosenHome('anyway') : Library.open(options.home));
  const driver = options.driver ?? platformDriver({ runtimeFolder: runtimeFolder(), cacheFolder: cacheFolder() });
  const demoGuest = new DemoGuest({ cacheFolder: cacheFolder(), projectRoot: projectRoot() });
  const log = new Log(stateFolder());
  const jobs = new JobList(path.join(stateFolder(), 'jobs'), log);
  const machines = new MachineService({ library, driver, log });
  const uploads = new Uploads(library);
  const images = new ImageService({ library, machines, log });
  const host = async (): Promise<Host> => {
    const guests = await driver.guests();
    machines.setGuests(guests);
    return {
      ...(await readHostFacts(library.home.path)),
      guests,
      demoGuest: await demoGuest.status(hostArch()),
      newMachine: newMachineDefaults(),
    };
  };
  const doctor = makeDoctor({ library, host });
  const network = makeNetworkService({ library, machines });
  const rooms = { library, driver, machines, images, jobs, uploads, demoGuest, host, doctor, log, network };
  discardAbandonedImports(rooms);
  discardAbandonedHomeMoves(rooms);
  // On a drive that is not there now, they are found another time.
  sweepPartialExports(library.home).catch((error: unknown) => log.warn('Left-over exports were not deleted', error));
  jobs.onRepeat(async ({ procedure, input }) => {
    if (procedure === 'vms.create') return await createVm(rooms, reparse('vms.create', input));
    if (procedure === 'vms.clone') return await cloneVm(rooms, reparse('vms.clone', input));
    if (procedure === 'machines.start') return await startVm(rooms, reparse('machines.start', input));
    if (procedure === 'images.clone') return makeFromImage(rooms, reparse('images.clone', input));
    if (procedure === 'images.pull') return startPull(rooms, reparse('images.pull', input));
    if (procedure === 'images.push') return await startPush(rooms, reparse('images.push', input));
    if (procedure === 'images.prune') return startPrune(rooms, reparse('images.prune', input));
    if (procedure === 'images.verify') return startVerify(rooms, reparse('images.verify', input));
    if (procedure === 'imports.start') return await startImport(rooms, reparse('imports.start', input), never);
    if (procedure === 'homes.move') return await startHomeMove(rooms, reparse('homes.move', input));
    if (procedure === 'exports.start') return await startExport(rooms, reparse('exports.start', input));
    if (procedure === 'macos.fetch') return startMacFetch(rooms, reparse('macos.fetch', input));
    if (procedure === 'macos.install') return await startMacInstall(rooms, reparse('macos.install', input), never);
    if (procedure === 'macos.startInstead') return await startInstead(rooms, reparse('macos.startInstead', input));
    throw new AppError('not-supported', 'This version of Tatin can’t do that job again.');
  });
  const supervisor = options.supervise === true ? new Supervisor({ machines, log, home: library.home }) : undefined;
  return {
    ...rooms,
    backend: {
      handlers: withLog(makeHandlers(rooms), log),
      subscribe: (listener) => subscribeTo(rooms, listener),
      openChannel: (name, input, signal) => openChannel(rooms, name, input, signal),
      exportedFile: (jobId) => exportedFile(rooms, jobId),
    },
    async [Symbol.asyncDispose]() {
      await supervisor?.[Symbol.asyncDispose]();
      await jobs.close();
      await uploads[Symbol.asyncDispose]();
      machines.close();
    },
  };
}

/** A journal is a file, and another version may have written it. */
function reparse<N extends ProcedureName>(name: N, input: unknown): ParsedInput<N> {
  const parsed = procedures[name].input.safeParse(input);
  if (!parsed.success) throw new AppError('not-supported', 'This version of Tatin can’t do that job again.');
  // The schema was chosen by the name, which the compiler can't follow through a generic.
  return parsed.data as ParsedInput<N>;
}
