import type { Check } from './check.ts';
import { addressRange } from './checks/address-range.ts';
import { clock } from './checks/clock.ts';
import { keychain } from './checks/credentials.ts';
import { closedNetwork, localNetwork, natOverlap } from './checks/guest-network.ts';
import { staleSockets, temporaryFiles, unreadableMachines } from './checks/home.ts';
import { otherHomes } from './checks/homes.ts';
import { hypervisor } from './checks/hypervisor.ts';
import { macOsSlots, strayProcesses } from './checks/processes.ts';
import { savedStates } from './checks/saved-states.ts';
import { softnet } from './checks/softnet.ts';
import { freeMemory, freeSpace } from './checks/space.ts';
import { tagLinks } from './checks/tag-links.ts';

/** Everything that the doctor looks at, in the order of a first visit. */
export const allChecks: readonly Check[] = [
  hypervisor,
  freeSpace,
  freeMemory,
  otherHomes,
  unreadableMachines,
  tagLinks,
  temporaryFiles,
  staleSockets,
  strayProcesses,
  savedStates,
  macOsSlots,
  keychain,
  natOverlap,
  addressRange,
  localNetwork,
  closedNetwork,
  softnet,
  clock,
];
