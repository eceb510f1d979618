import type { Host } from '../contract/host.ts';
import type { Doctor } from '../doctor/doctor.ts';
import type { Log } from '../host/log.ts';
import type { Driver } from '../hypervisor/machine.ts';
import type { DemoGuest } from '../demo-guest/demo-guest.ts';
import type { JobList } from '../jobs/job-list.ts';
import type { Library } from '../library/library.ts';
import type { ImageService } from './images/image-service.ts';
import type { MachineService } from './machines/machine-service.ts';
import type { Uploads } from './transfer/uploads.ts';
import type { NetworkService } from './network/network-service.ts';

/** The rooms of the domain, built and joined: what handlers and events are made over. */
export interface Rooms {
  readonly library: Library;
  readonly driver: Driver;
  readonly machines: MachineService;
  readonly images: ImageService;
  readonly jobs: JobList;
  readonly uploads: Uploads;
  readonly demoGuest: DemoGuest;
  /** This host as it is now. */
  readonly host: () => Promise<Host>;
  readonly doctor: Doctor;
  readonly network: NetworkService;
  readonly log: Log;
}
