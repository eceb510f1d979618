import type { Annotations } from '../contract/machine.ts';
import type { VmConfig } from './config.ts';

/** A VM as its folder says it is. */
export interface LibraryVm {
  readonly kind: 'machine';
  readonly name: string;
  /** Absolute path. */
  readonly folder: string;
  readonly config: VmConfig;
  readonly annotations: Annotations;
  /** Length of disk.img. An ASIF disk is shorter than what the guest sees. */
  readonly diskBytes: number;
  /** What config.json, disk.img and nvram.bin take on the host. */
  readonly allocatedBytes: number;
  readonly accessedAt: Date;
  /** The process that holds the running lock; -1 if it has no pid here. */
  readonly lockPid: number | undefined;
  /** When its state was saved, if it is suspended. */
  readonly suspendedAt: Date | undefined;
  /** Changes whenever something is added to its events; undefined while there are none. */
  readonly eventsVersion: string | undefined;
}

/** A folder where a VM should be, and why it is none. */
export interface UnreadableVm {
  readonly kind: 'unreadable';
  readonly name: string;
  readonly folder: string;
  /** One line: "config.json ends in line 14". */
  readonly reason: string;
  readonly allocatedBytes: number;
  readonly accessedAt: Date;
}

export type LibraryEntry = LibraryVm | UnreadableVm;
