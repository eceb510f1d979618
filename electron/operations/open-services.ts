import { stateFolder } from '../host/folders.ts';
import { Log } from '../host/log.ts';
import type { Driver } from '../hypervisor/machine.ts';
import { Library } from '../library/library.ts';
import { openChosenHome } from '../settings/open-home.ts';
import type { Warn } from './images/registry-clients.ts';
import type { LoadedServices, Services } from './services.ts';

export interface ServicesOptions {
  /** The Tart home; default `TART_HOME`, what the settings name, or `~/.tart`. */
  home?: string;
  /**
   * What to do where the folder of the chosen home is missing because its drive is: `wait` opens it all the same, for who
   * stays until the drive comes; `refuse` throws.
   */
  ifGone?: 'wait' | 'refuse';
  /** Told of what goes wrong on the way, beside the log. */
  warn?: Warn;
  /** Looks after machines that are to run for long; only for a Tatin that stays. */
  supervise?: boolean;
  /** Default: the driver of this platform. */
  driver?: Driver;
}

/**
 * Opens a home. Disposing of the services stops running jobs and leaves the machines running.
 * @throws AppError `home-unavailable`
 */
export async function openServices(options: ServicesOptions = {}): Promise<Services> {
  const { home, ifGone = 'wait' } = options;
  const library = await (home === undefined
    ? openChosenHome(ifGone === 'wait' ? 'anyway' : 'refuse')
    : Library.open(home));
  const log = new Log(stateFolder());
  let loaded: Promise<{ services: LoadedServices; close(): Promise<void> }> | undefined;
  const services: Services = {
    library,
    log,
    warn: (message, error) => {
      log.warn(message, error);
      options.warn?.(message, error);
    },
    load: async () => {
      loaded ??= import('./load.ts').then(({ loadServices }) => loadServices(services, options));
      return (await loaded).services;
    },
    async [Symbol.asyncDispose]() {
      await (await loaded?.catch(() => undefined))?.close();
    },
  };
  return services;
}

/** As {@link openServices}, with everything made: for who stays. @throws AppError `home-unavailable` */
export async function openAllServices(options: ServicesOptions = {}): Promise<LoadedServices> {
  return await (await openServices(options)).load();
}
