import type { ErrorInfo } from '../../contract/errors.ts';
import type { SupervisionStatus } from '../../contract/supervision.ts';
import type { Address, MachineState, Vm } from '../../contract/machine.ts';
import type { LibraryEntry, LibraryVm } from '../../library/library.ts';
import { vmIdOf } from '../../library/vm-id.ts';

/** What is known of a VM beside its folder. */
export interface RowFacts {
  /** Of the machine that Tatin has a hold of, or of the start that is under way. */
  readonly state?: MachineState | undefined;
  readonly survivesApp?: boolean | undefined;
  readonly lastFailure?: { at: Date; error: ErrorInfo } | undefined;
  readonly notRunnable?: string | undefined;
  readonly address?: Address | undefined;
  readonly supervision?: SupervisionStatus | undefined;
  readonly pictureVersion?: string | undefined;
  /** When its lock was first seen held by a program that is not Tatin. */
  readonly lockedSince?: Date | undefined;
}

/** One row of the list as every interface shows it: the folder, and what is known beside it. */
export function rowOf(entry: LibraryEntry, facts: RowFacts): Vm {
  const common = {
    id: vmIdOf(entry.name),
    name: entry.name,
    folder: entry.folder,
    allocatedBytes: entry.allocatedBytes,
    accessedAt: entry.accessedAt.toISOString(),
  };
  if (entry.kind === 'unreadable') return { ...common, kind: 'unreadable', reason: entry.reason };
  const { config } = entry;
  return {
    ...common,
    kind: 'machine',
    os: config.os,
    arch: config.arch,
    cpuCount: config.cpuCount,
    memoryBytes: config.memorySize,
    macAddress: config.macAddress,
    display: config.display,
    diskFormat: config.diskFormat,
    diskBytes: entry.diskBytes,
    state: facts.state ?? stateFromDisk(entry, facts),
    ...(facts.survivesApp === undefined ? {} : { survivesApp: facts.survivesApp }),
    ...(facts.notRunnable === undefined ? {} : { notRunnable: facts.notRunnable }),
    ...(facts.address === undefined ? {} : { address: facts.address }),
    annotations: entry.annotations,
    ...(facts.supervision === undefined ? {} : { supervision: facts.supervision }),
    ...(entry.eventsVersion === undefined ? {} : { eventsVersion: entry.eventsVersion }),
    ...(facts.pictureVersion === undefined ? {} : { pictureVersion: facts.pictureVersion }),
  };
}

/** What the folder says of a machine that nobody here has a hold of: Tart's own order of the three states. */
function stateFromDisk(vm: LibraryVm, { lastFailure, lockedSince }: RowFacts): MachineState {
  if (vm.lockPid !== undefined)
    return { phase: 'running', since: (lockedSince ?? new Date()).toISOString(), owner: 'elsewhere', pid: vm.lockPid };
  if (vm.suspendedAt !== undefined) return { phase: 'suspended', since: vm.suspendedAt.toISOString() };
  if (lastFailure !== undefined)
    return { phase: 'failed', since: lastFailure.at.toISOString(), error: lastFailure.error };
  return { phase: 'stopped' };
}
