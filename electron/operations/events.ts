import type { Backend, EventName, EventPayload } from '../contract/contract.ts';
import type { Host } from '../contract/host.ts';
import type { JobList } from '../jobs/job-list.ts';
import { vmIdOf } from '../library/vm-id.ts';
import { watchSettings } from '../settings/settings-file.ts';
import type { ImageService } from './images/image-service.ts';
import type { MachineService } from './machines/machine-service.ts';

/** How often somebody who looks is told of memory and disk that others took, in milliseconds. */
const hostIntervalMs = 15_000;

/** Turns what the rooms tell of themselves into the contract's events, while somebody listens. */
export function subscribeTo(
  rooms: { machines: MachineService; images: ImageService; jobs: JobList; host: () => Promise<Host> },
  listener: Parameters<Backend['subscribe']>[0],
): () => void {
  const tell = <N extends EventName>(name: N, payload: EventPayload<N>): void => listener(name, payload);
  const offMachines = rooms.machines.onChange((change) => {
    if (change.kind === 'changed') tell('vm.changed', { vm: change.vm });
    else if (change.kind === 'removed') tell('vm.removed', { id: vmIdOf(change.name) });
    else {
      tell('vms.replaced', { vms: change.vms });
      if (change.error !== undefined) tell('notice', { error: change.error.toInfo() });
      void tellHost();
    }
  });
  const offJobs = rooms.jobs.onChange((change) => {
    if (change.kind === 'changed') tell('job.changed', { job: change.job });
    else tell('job.removed', { jobId: change.jobId });
  });
  const offSettings = watchSettings((report) => {
    tell('settings.changed', { report });
    void tellHost();
  });
  const offImages = rooms.images.onChange((images) => tell('images.replaced', { images }));
  let isOver = false;
  let told = '';
  let looks = 0;
  const tellHost = async (): Promise<void> => {
    const look = ++looks;
    const host = await rooms.host().catch(() => undefined);
    const text = JSON.stringify(host);
    // A look that has begun since then knows better, whichever of the two is done first.
    if (isOver || look !== looks || host === undefined || text === told) return;
    told = text;
    tell('host.changed', { host });
  };
  const timer = setInterval(() => void tellHost(), hostIntervalMs).unref();
  return () => {
    isOver = true;
    clearInterval(timer);
    offMachines();
    offSettings();
    offImages();
    offJobs();
  };
}
