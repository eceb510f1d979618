import type { GuestArch } from '../../contract/machine.ts';

export type DiskFormat = 'raw' | 'asif' | 'qcow2' | 'vmdk' | 'vdi' | 'vhd' | 'vhdx';

/** A stretch of a disk that lies in a file beside its list. All in bytes. */
export interface DiskExtent {
  /** Where on the disk it begins. */
  readonly from: number;
  readonly bytes: number;
  /** `sparse`: a file with a header and tables of its own; `flat`: the bytes themselves. */
  readonly kind: 'flat' | 'sparse';
  readonly name: string;
  /** Where in a flat file it begins. */
  readonly offset: number;
}

/** What the header of a disk image says. */
export interface DiskImage {
  readonly format: DiskFormat;
  /** "VMware disk image (streamOptimized)" */
  readonly title: string;
  /** Length as a guest sees it. */
  readonly bytes: number;
  /** How many states of the disk are kept in it beside the one of now; absent for none. */
  readonly snapshots?: number;
  /** Where its data is in files beside it, if it is only their list; what none of them has is zeros. */
  readonly extents?: readonly DiskExtent[];
}

/** What the beginning of a disk says about the system on it. */
export interface DiskContents {
  /** "GPT", "MBR", "ext4 without partitions"; undefined if nothing in it says that it is a disk. */
  readonly layout: string | undefined;
  /** From the boot file on its EFI partition, or the type of its root partition. */
  readonly arch: GuestArch | undefined;
  /** Whether it has a partition that EFI firmware would start from. */
  readonly hasEfi: boolean;
}
