import type { CreateSource } from '../../../electron/contract/contract.ts';
import type { GuestArch } from '../../../electron/contract/machine.ts';

/** Everything that the three steps gather. */
export interface Draft {
  readonly from: CreateSource['from'];
  readonly isoPath: string | undefined;
  /** As the disc says; undefined for that of the host. */
  readonly arch: GuestArch | undefined;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly diskGigabytes: number;
  /** "1920x1080". */
  readonly display: string;
  readonly name: string;
  readonly start: boolean;
}
