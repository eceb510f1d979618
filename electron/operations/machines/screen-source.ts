import type { VmId } from '../../contract/machine.ts';
import type { NativeScreen } from '../../hypervisor/native-screen.ts';
import { VzDriver } from '../../hypervisor/vz/vz-driver.ts';
import { nameOf } from '../../library/vm-id.ts';
import type { LoadedServices } from '../services.ts';

/** Where the pictures of a machine come from, for a window of this process. */
export type ScreenSource =
  /** From a channel, wherever it runs. */
  | { readonly kind: 'remote' }
  /** This process does not run it. */
  | { readonly kind: 'off' }
  | { readonly kind: 'noDisplay' }
  | { readonly kind: 'here'; readonly screen: NativeScreen };

/** Looks now, and opens nothing. */
export function screenSourceOf(
  { driver, library }: Pick<LoadedServices, 'driver' | 'library'>,
  id: VmId,
): ScreenSource {
  const name = nameOf(id);
  if (!(driver instanceof VzDriver) || name === undefined) return { kind: 'remote' };
  const machine = driver.running(library.home.vmFolder(name));
  if (machine === undefined) return { kind: 'off' };
  return machine.screen === undefined ? { kind: 'noDisplay' } : { kind: 'here', screen: machine.screen };
}
