import type { Backend } from '../contract/contract.ts';
import type { Host } from '../contract/host.ts';
import { DemoGuest } from '../demo-guest/demo-guest.ts';
import { cacheFolder, runtimeFolder } from '../host/folders.ts';
import { readHostFacts } from '../host/host-facts.ts';
import { projectRoot } from '../host/paths.ts';
import type { Driver } from '../hypervisor/machine.ts';
import { platformDriver } from '../hypervisor/platform-driver.ts';
import { JobList } from '../jobs/job-list.ts';
import { newMachineDefaults } from '../settings/new-machine.ts';
import { sweepPartialExports } from '../transfer/export/partial-exports.ts';
import { makeBackend } from './backend.ts';
import { jobsFolder } from './jobs-folder.ts';
import { makeDoctor } from './host/doctor-service.ts';
import { ImageService } from './images/image-service.ts';
import { hostArch } from './machines/create.ts';
import { MachineService } from './machines/machine-service.ts';
import { makeNetworkService } from './network/network-service.ts';
import { abandon, prepareJob } from './operate.ts';
import type { LoadedServices, Services } from './services.ts';
import { supervisionFile, supervisionNow } from '../supervision/supervision-file.ts';
import { Supervisor } from './supervision/supervisor.ts';
import { Uploads } from './transfer/uploads.ts';

/** Builds what {@link Services} stands for but does not hold yet. */
export function loadServices(
  services: Services,
  options: { readonly driver?: Driver; readonly supervise?: boolean },
): { services: LoadedServices; close(): Promise<void> } {
  const { library, log } = services;
  const driver = options.driver ?? platformDriver({ runtimeFolder: runtimeFolder(), cacheFolder: cacheFolder() });
  const jobs: JobList = new JobList(jobsFolder(library.home.path), log, {
    prepare: (request) => prepareJob(loaded, request),
    abandon: (request) => abandon(loaded, request),
  });
  const demoGuest = new DemoGuest({ cacheFolder: cacheFolder(), projectRoot: projectRoot() });
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
  // On a drive that is not there now, they are found another time.
  sweepPartialExports(library.home).catch((error: unknown) => log.warn('Left-over exports were not deleted', error));
  const supervisor = options.supervise === true ? new Supervisor({ machines, log, home: library.home }) : undefined;
  // A supervisor follows what another one writes down; for who only asks, what holds now is enough.
  if (supervisor === undefined)
    for (const [name, status] of supervisionNow(supervisionFile(library.home.cache)))
      machines.setSupervision(name, status);
  const loaded: LoadedServices = {
    ...services,
    load: () => Promise.resolve(loaded),
    ...{ jobs, driver, machines, images, uploads, demoGuest, host, doctor, network },
    // Which is made of this very object.
    get backend() {
      return (backend ??= makeBackend(loaded));
    },
  };
  let backend: Backend | undefined;
  return {
    services: loaded,
    async close() {
      await jobs.close();
      await supervisor?.[Symbol.asyncDispose]();
      await uploads[Symbol.asyncDispose]();
      machines.close();
    },
  };
}
