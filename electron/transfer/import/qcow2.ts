import { type ByteReader, uint64 } from './byte-reader.ts';
import type { DiskImage } from './disk-image.ts';
import { damaged, truncated, unsupported } from './not-importable.ts';

const title = 'QCOW2 disk image';

/** Bits of `incompatible_features` (QEMU's docs/interop/qcow2.txt). */
const corruptBit = 1n << 1n;
const externalDataBit = 1n << 2n;
/** Dirty, corrupt, external data, compression type, extended L2 entries. */
const knownBits = 0b1_1111n;
const maxHeaderLength = 112;
/** 4 KiB to 2 MiB are allowed; larger ones would make tables of any length. */
const clusterBits = { min: 9, max: 21 };

/** Whether a file begins as a qcow2 image. */
export function isQcow2(head: Buffer): boolean {
  return head.subarray(0, 4).toString('latin1') === 'QFI\u00fb';
}

/**
 * Reads the header of a qcow2 image. Images whose data lies in other files are refused here, before any other program
 * sees them: the name in the header may be that of any file of this user.
 * @throws NotImportable
 */
export async function readQcow2(reader: ByteReader): Promise<DiskImage> {
  const header = await reader.read(0, maxHeaderLength);
  if (header.length < 72) throw truncated(title, reader.size, 72);
  const version = header.readUInt32BE(4);
  if (version !== 2 && version !== 3)
    throw unsupported(title, `It has version ${version} of the format; 2 and 3 are known.`);
  refuseOtherFiles(header, version);
  if (header.readUInt32BE(32) !== 0)
    throw unsupported(title, 'It is encrypted.', 'Decrypt it first: qemu-img convert with its secret.');
  checkTables(header, reader.size);
  const bytes = uint64(header, 24, 'be');
  if (bytes === undefined || bytes === 0) throw damaged(title, 'it says that its disk is empty or endless');
  const snapshots = header.readUInt32BE(60);
  return { format: 'qcow2', title, bytes, ...(snapshots === 0 ? {} : { snapshots }) };
}

function refuseOtherFiles(header: Buffer, version: number): void {
  const dependsHint = 'Make one file of them where they are: qemu-img convert -O qcow2 image.qcow2 whole.qcow2';
  if (header.readBigUInt64BE(8) !== 0n)
    throw unsupported(title, 'It holds only the changes to another image (a backing file).', dependsHint);
  if (version < 3) return;
  if (header.length < 104) throw truncated(title, header.length, 104);
  const features = header.readBigUInt64BE(72);
  if ((features & externalDataBit) !== 0n)
    throw unsupported(title, 'Its data is in another file, which it only names.', dependsHint);
  if ((features & corruptBit) !== 0n)
    throw damaged(title, 'QEMU marked it as corrupt (qemu-img check -r all may repair a copy)');
  if ((features & ~knownBits) !== 0n)
    throw unsupported(title, 'It was made by a newer QEMU, with features that are not known here.');
}

function checkTables(header: Buffer, size: number): void {
  const bits = header.readUInt32BE(20);
  if (bits < clusterBits.min || bits > clusterBits.max) throw damaged(title, 'its cluster size is not possible');
  const tables = [
    { offset: uint64(header, 40, 'be'), length: header.readUInt32BE(36) * 8 },
    { offset: uint64(header, 48, 'be'), length: header.readUInt32BE(56) * 2 ** bits },
  ];
  for (const { offset, length } of tables) {
    if (offset === undefined || offset % 2 ** bits !== 0) throw damaged(title, 'a table is at an impossible place');
    if (offset + length > size) throw truncated(title, size, offset + length);
  }
}
