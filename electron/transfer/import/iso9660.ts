import type { GuestArch } from '../../contract/machine.ts';
import { type ByteReader, windowOf } from './byte-reader.ts';
import { efiArch } from './efi-boot-files.ts';
import { truncated } from './not-importable.ts';

export interface Disc {
  /** Its label, e.g. "Debian 12.8.0 amd64 n". */
  readonly label: string;
  /** Whether a computer can start from it: with EFI, only with a BIOS, or not at all. */
  readonly boots: 'efi' | 'bios' | 'no';
  readonly arch: GuestArch | undefined;
}

const blockBytes = 2048;
const title = 'Disc image (ISO 9660)';
/** Volume descriptors begin here (ECMA-119 8.1). */
const firstDescriptor = 16;
const maxDescriptors = 64;
const primary = 1;
const bootRecord = 0;
const terminator = 255;

/** Whether `head`, of at least 34 KiB, begins a disc. */
export function isDisc(head: Buffer): boolean {
  return (
    head.subarray(firstDescriptor * blockBytes + 1, firstDescriptor * blockBytes + 6).toString('latin1') === 'CD001'
  );
}

/** Reads what a disc says of itself (ECMA-119; El Torito 1.0). @throws NotImportable if its end is missing */
export async function readDisc(reader: ByteReader): Promise<Disc> {
  let label = '';
  let disc: Pick<Disc, 'boots' | 'arch'> = { boots: 'no', arch: undefined };
  for (let block = firstDescriptor; block < firstDescriptor + maxDescriptors; block++) {
    const descriptor = await reader.read(block * blockBytes, blockBytes);
    if (descriptor.length < blockBytes) throw truncated(title, reader.size, (block + 1) * blockBytes);
    const type = descriptor.readUInt8(0);
    if (type === terminator) break;
    if (type === primary) {
      label = descriptor
        .subarray(40, 72)
        .toString('latin1')
        .replace(/[\0 ]+$/, '');
      const length = descriptor.readUInt32LE(80) * blockBytes;
      if (length > reader.size) throw truncated(title, reader.size, length);
    }
    if (type === bootRecord && descriptor.subarray(7, 30).toString('latin1') === 'EL TORITO SPECIFICATION')
      disc = await readCatalog(reader, descriptor.readUInt32LE(0x47));
  }
  return { label, ...disc };
}

/** The boot catalogue: 32 bytes an entry; a header before each group says for which firmware it is. */
async function readCatalog(reader: ByteReader, block: number): Promise<Pick<Disc, 'boots' | 'arch'>> {
  const catalog = await reader.read(block * blockBytes, blockBytes);
  let platform = 0;
  let boots: Disc['boots'] = 'no';
  for (let offset = 0; offset + 32 <= catalog.length; offset += 32) {
    const kind = catalog.readUInt8(offset);
    if (kind === 0x01 || kind === 0x90 || kind === 0x91) platform = catalog.readUInt8(offset + 1);
    if (kind !== 0x88) continue;
    if (platform !== 0xef) {
      boots = 'bios';
      continue;
    }
    const start = catalog.readUInt32LE(offset + 8) * blockBytes;
    // The catalogue counts in 16 bits, so makers of larger images write 0 or 1 for "look yourself".
    return { boots: 'efi', arch: await efiArch(windowOf(reader, start, 32 * 1024 ** 2)) };
  }
  return { boots, arch: boots === 'bios' ? 'amd64' : undefined };
}
