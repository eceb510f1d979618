import type { GuestArch } from '../../contract/machine.ts';
import type { ByteReader } from './byte-reader.ts';

/**
 * The boot files of removable media (UEFI 3.5.1.1) as a FAT directory has them: eight letters and three, filled up with
 * blanks. Installers and disks of guests have at least one, and its name is the only place that says for which processor
 * they are.
 */
const names: readonly (readonly [name: string, arch: GuestArch])[] = [
  ['BOOTX64 EFI', 'amd64'],
  ['BOOTAA64EFI', 'arm64'],
];

/** The directory is among the first things written to such a partition; behind that it would be a long search. */
const searchedBytes = 64 * 1024 ** 2;
const pieceBytes = 1024 ** 2;
const entryBytes = 32;

/** The processor that the boot file of a FAT file system is for; undefined if there is none, or one for each. */
export async function efiArch(reader: ByteReader): Promise<GuestArch | undefined> {
  const found = new Set<GuestArch>();
  for (let offset = 0; offset < Math.min(reader.size, searchedBytes); offset += pieceBytes) {
    const piece = await reader.read(offset, pieceBytes);
    if (piece.length === 0) break;
    for (const [name, arch] of names) if (hasEntry(piece, name)) found.add(arch);
  }
  const [arch] = found;
  return found.size === 1 ? arch : undefined;
}

/** Entries of a directory begin at multiples of 32 bytes. */
function hasEntry(piece: Buffer, name: string): boolean {
  for (let at = piece.indexOf(name, 0, 'latin1'); at >= 0; at = piece.indexOf(name, at + 1, 'latin1'))
    if (at % entryBytes === 0) return true;
  return false;
}
