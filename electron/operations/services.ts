import type { Backend } from '../contract/contract.ts';
import type { Host } from '../contract/host.ts';
import type { DemoGuest } from '../demo-guest/demo-guest.ts';
import type { Doctor } from '../doctor/doctor.ts';
import type { Log } from '../host/log.ts';
import type { Driver } from '../hypervisor/machine.ts';
import type { JobList } from '../jobs/job-list.ts';
import type { Library } from '../library/library.ts';
import type { ImageService } from './images/image-service.ts';
import type { MachineService } from './machines/machine-service.ts';
import type { NetworkService } from './network/network-service.ts';
import type { Warn } from './images/registry-clients.ts';
import type { Uploads } from './transfer/uploads.ts';

/** What every operation stands on; {@link Services.load} gives the rest. */
export interface Services extends AsyncDisposable {
  readonly library: Library;
  readonly log: Log;
  /** Says what went wrong on the way to something that may work all the same. */
  readonly warn: Warn;
  /** Everything else, made at the first call. */
  load(): Promise<LoadedServices>;
}

/** All services, built and joined. */
export interface LoadedServices extends Services {
  /** All operations behind the contract, for a transport. */
  readonly backend: Backend;
  readonly jobs: JobList;
  readonly driver: Driver;
  readonly machines: MachineService;
  readonly images: ImageService;
  readonly uploads: Uploads;
  readonly demoGuest: DemoGuest;
  /** This host as it is now. */
  readonly host: () => Promise<Host>;
  readonly doctor: Doctor;
  readonly network: NetworkService;
}
