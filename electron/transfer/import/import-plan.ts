import type { ImportKind, LeftOut } from '../../contract/imports.ts';
import type { Annotations, Display, GuestArch, GuestOs } from '../../contract/machine.ts';
import { tartFiles } from '../../library/layout.ts';
import type { Packing } from './detect.ts';
import type { Part } from './door.ts';

/** Bytes of a disk image: a whole file, or a part of one. */
export interface ImagePlace {
  readonly part: Part;
  readonly window?: { readonly offset: number; readonly size: number };
}

/** What `qemu-img` calls the formats that it converts. */
export type QemuFormat = 'raw' | 'qcow2' | 'vmdk' | 'vdi' | 'vpc' | 'vhdx';

/** A stretch of a disk, in bytes, and the image that it lies in, of its own beginning on. */
export interface DiskPiece {
  readonly from: number;
  readonly bytes: number;
  readonly format: QemuFormat;
  readonly place: ImagePlace;
}

/** A disk in images that `qemu-img` reads. */
export interface ConvertibleDisk {
  /** How long it is, as a guest sees it. */
  readonly bytes: number;
  /** In order; what is in none of them is zeros. */
  readonly pieces: readonly DiskPiece[];
}

/** Where a disk comes from, and what it takes to make a raw one of it. */
type DiskSource =
  | { readonly how: 'copy'; readonly part: Part }
  | ({ readonly how: 'convert' } & ConvertibleDisk)
  | { readonly how: 'unpack'; readonly packing: Packing; readonly part: Part };

export interface PlannedDisk {
  readonly name: string;
  readonly format: string;
  /** 0 if nothing says so before it is unpacked. */
  readonly bytes: number;
  /** About what it will take on the host. */
  readonly allocatedBytes: number;
  readonly source: DiskSource;
  /** What of the image does not come along. */
  readonly leftOut?: readonly LeftOut[];
}

/** What of all their images does not come along. */
export function leftOutOf(disks: readonly PlannedDisk[]): LeftOut[] {
  return disks.flatMap(({ leftOut }) => leftOut ?? []);
}

/** A file of an appliance and the digest that its manifest gives. */
export interface Checksum {
  readonly name: string;
  readonly place: ImagePlace;
  readonly algorithm: 'sha1' | 'sha256' | 'sha512';
  /** Lower-case hexadecimal. */
  readonly digest: string;
}

interface Described {
  readonly kind: ImportKind;
  readonly title: string;
  /** The name that it had, or that its file has. */
  readonly suggestedName: string;
  readonly os: GuestOs;
  readonly arch: GuestArch | undefined;
  readonly cpuCount?: number | undefined;
  readonly memoryBytes?: number | undefined;
  readonly disks: readonly PlannedDisk[];
  /** What may stand in the way of running it; one sentence each. */
  readonly warnings: readonly string[];
  /** Settings that do not carry over, each with the reason. */
  readonly leftOut: readonly LeftOut[];
}

/** A machine to be put together from the parts that something else is made of. */
export interface AssemblyPlan extends Described {
  readonly make: 'assemble';
  readonly display?: Display | undefined;
  readonly diskFormat?: 'raw' | 'asif';
  readonly macAddress?: string | undefined;
  /** macOS guests: base64, as in config.json. */
  readonly identity?: { readonly ecid: string; readonly hardwareModel: string } | undefined;
  /** A store that Virtualization.framework made. */
  readonly nvram?: Part | undefined;
  /** Variables of UEFI firmware in QEMU's format. */
  readonly qemuVariables?: Part | undefined;
  readonly annotations?: Partial<Annotations> | undefined;
  readonly checksums?: readonly Checksum[];
  /** Other files beside it that it is made of. */
  readonly partFiles?: readonly Part[];
}

/** A folder in Tart's layout, or an archive of one: it is taken over as it is. */
export interface TakeOverPlan extends Described {
  readonly make: 'take-over';
  readonly from: { readonly folder: string } | { readonly archive: Part };
}

export type ImportPlan = AssemblyPlan | TakeOverPlan;

/** The disk that is taken as it is, and so can be moved or cloned; undefined where another is made of it. */
export function originalOf(plan: ImportPlan): Part | undefined {
  if (plan.make === 'take-over')
    return 'folder' in plan.from ? { root: plan.from.folder, name: tartFiles.disk } : undefined;
  const [source] = plan.disks.map((disk) => disk.source);
  return source?.how === 'copy' && plan.kind === 'raw' ? source.part : undefined;
}
