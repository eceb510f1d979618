import type { CreateSource } from '../../../electron/contract/contract.ts';

/** Everything that the three steps gather. */
export interface Draft {
  readonly from: CreateSource['from'];
  readonly isoPath: string | undefined;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly diskGigabytes: number;
  /** "1920x1080". */
  readonly display: string;
  readonly name: string;
  readonly start: boolean;
}
