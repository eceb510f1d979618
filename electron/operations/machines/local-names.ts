import { AppError } from '../../contract/errors.ts';
import type { VmId } from '../../contract/machine.ts';
import { nameOf, vmIdOf } from '../../library/vm-id.ts';

/** The name behind an id. @throws AppError `vm-not-found` if it is not of this host */
export function local(id: VmId): string {
  const name = nameOf(id);
  if (name === undefined) throw new AppError('vm-not-found', 'There is no such virtual machine on this host.');
  return name;
}

/** The id of the VM of this name on this host, whether there is one or not. */
export function localId(name: string): VmId {
  return vmIdOf(name);
}
