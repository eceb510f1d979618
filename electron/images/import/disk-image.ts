import type { GuestArch } from '../../contract/machine.ts';

export type DiskFormat = 'raw' | 'asif' | 'qcow2' | 'vmdk' | 'vdi' | 'vhd' | 'vhdx';

/** What the header of a disk image says. */
export interface DiskImage {
  readonly format: DiskFormat;
  /** "VMware disk image (streamOptimized)" */
  readonly title: string;
  /** Length as a guest sees it. */
  readonly bytes: number;
  /** How many states of the disk are kept in it beside the one of now; absent for none. */
  readonly snapshots?: number;
  /** Files beside it that hold its data, where it is only their list, and how long each must be at least. */
  readonly extents?: readonly { readonly name: string; readonly leastBytes: number }[];
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
