import type { VmId } from '../contract/machine.ts';

/** The only place so far. Another host's VMs will have that host's name here. */
const localPlace = 'local';

const prefix = `${localPlace}:`;

/** The id under which the contract knows the VM of this name on this host. Any name that a folder can have works. */
export function vmIdOf(name: string): VmId {
  // Half of a surrogate pair is no name that a folder can have, but the encoder would throw on it.
  return prefix + encodeURIComponent(name.toWellFormed());
}

/** The name in an id, or undefined if it is none of ours. */
export function nameOf(id: VmId): string | undefined {
  if (!id.startsWith(prefix)) return undefined;
  try {
    return decodeURIComponent(id.slice(prefix.length));
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
