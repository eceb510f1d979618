import type { Area, AreaName } from './operation.ts';
import type { LoadedServices } from './services.ts';

type AnyArea<A extends AreaName> = Area<A> | Area<A, LoadedServices>;

/**
 * Every operation, by the first part of its procedure's name. An area is loaded when one of its operations is asked for, so
 * that a short command in a terminal reads no more code than it needs.
 */
export const areas: { readonly [A in AreaName]: () => Promise<AnyArea<A>> } = {
  vms: async () => (await import('./machines/vms.ts')).vms,
  machines: async () => (await import('./machines/machines.ts')).machines,
  images: async () => (await import('./images/images.ts')).images,
  registries: async () => (await import('./images/registries.ts')).registries,
  imports: async () => (await import('./transfer/transfer.ts')).imports,
  exports: async () => (await import('./transfer/transfer.ts')).exports,
  uploads: async () => (await import('./transfer/transfer.ts')).uploads,
  guestFiles: async () => (await import('./transfer/transfer.ts')).guestFiles,
  macos: async () => (await import('./macos/macos.ts')).macos,
  jobs: async () => (await import('./host/jobs.ts')).jobs,
  network: async () => (await import('./network/network.ts')).network,
  forwards: async () => (await import('./network/network.ts')).forwards,
  doctor: async () => (await import('./host/doctor.ts')).doctor,
  service: async () => (await import('./supervision/supervision.ts')).service,
  usage: async () => (await import('./supervision/supervision.ts')).usage,
  settings: async () => (await import('./host/settings.ts')).settings,
  homes: async () => (await import('./host/settings.ts')).homes,
  host: async () => (await import('./host/host.ts')).host,
};
