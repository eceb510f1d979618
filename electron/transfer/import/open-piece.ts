import type { FileHandle } from 'node:fs/promises';
import { anonymousFile } from '../../files/anonymous-file.ts';
import type { HandedFiles } from '../../host/confined/handed-files.ts';
import { type ByteReader, readerOfHandle, windowOf } from './byte-reader.ts';
import { openPart } from './door.ts';
import type { DiskPiece, ImagePlace } from './import-plan.ts';
import { sectorBytes } from './vmdk-descriptor.ts';
import { readSparseHeader, type SparseHeader } from './vmdk-sparse.ts';

/** A stretch of an image, and where in a disk it goes, in bytes. */
export interface Stretch {
  readonly from: number;
  /** Undefined: up to the end of the image, which alone need not be that of a sector. */
  readonly bytes: number | undefined;
  readonly target: number;
}

/** A node of QEMU's block layer, as its option `json:` takes it. */
export type BlockNode = Readonly<Record<string, unknown>>;

/**
 * A piece of a disk, open, and how QEMU is told of it: as this format and no other, in these files and no other, which it
 * gets open. What could lead further is said to be nothing.
 */
export class OpenPiece implements AsyncDisposable {
  readonly piece: DiskPiece;
  readonly #handle: FileHandle;
  readonly #sparse: SparseHeader | undefined;

  private constructor(piece: DiskPiece, handle: FileHandle, sparse: SparseHeader | undefined) {
    this.piece = piece;
    this.#handle = handle;
    this.#sparse = sparse;
  }

  /** @throws NotImportable if it is not what it was; as Node's functions do */
  static async open(piece: DiskPiece): Promise<OpenPiece> {
    const handle = await openPart(piece.place.part);
    try {
      if (piece.format !== 'vmdk') return new OpenPiece(piece, handle, undefined);
      // Looked at again: by now it may be another than when the import was planned.
      return new OpenPiece(piece, handle, await readSparseHeader(await readerIn(handle, piece.place)));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * Its node, among the files that the program gets. What is to be closed after the program's end is pushed to `opened`.
   */
  async node(files: HandedFiles, opened: FileHandle[]): Promise<BlockNode> {
    const { format, place } = this.piece;
    const name = files.read(this.#handle);
    const file = { driver: 'file', filename: name };
    const { window } = place;
    const part = window === undefined ? file : { driver: 'raw', offset: window.offset, size: window.size, file };
    switch (format) {
      case 'raw':
        return window === undefined ? { driver: 'raw', file } : part;
      case 'vmdk':
        return await this.#vmdkNode(name, part, files, opened);
      case 'vpc':
        // Its own programs disagree about which of two lengths counts; the one that it says is the one that was parsed.
        return { driver: 'vpc', backing: null, force_size_calc: 'current_size', file: part };
      default:
        return { driver: format, backing: null, file: part };
    }
  }

  /**
   * QEMU looks into the description of a VMDK for a parent and for further files, and reads it by other rules than ours.
   * So it gets one that we wrote, with a single part, and that part as a node of its own.
   */
  async #vmdkNode(name: string, part: BlockNode, files: HandedFiles, opened: FileHandle[]): Promise<BlockNode> {
    if (this.#sparse === undefined) throw new TypeError('A VMDK is opened with its header.');
    const list = await anonymousFile();
    opened.push(list);
    await list.writeFile(vmdkList(this.#sparse.sectors, name));
    // It looks for the end of a stream at the place where its list ends.
    if (this.#sparse.hasFooter) await list.truncate(await this.fileBytes());
    const file = { driver: 'file', filename: files.read(list) };
    const extent = part.driver === 'raw' ? part : { driver: 'raw' };
    // The name of a part is given by the list, and may not be said twice.
    return { driver: 'vmdk', backing: null, file, extents: [{ ...extent, file: { driver: 'file' } }] };
  }

  /** What of it lies between two places of the disk, which it reaches into. */
  stretch(from: number, to: number): Stretch {
    const { piece } = this;
    const [start, end] = [Math.max(from, piece.from), Math.min(to, piece.from + piece.bytes)];
    // What headers say and what QEMU reads of an image with a disk of its own may differ by less than a sector.
    const isItsEnd = end === piece.from + piece.bytes && piece.format !== 'vmdk' && piece.format !== 'raw';
    return { from: start - piece.from, bytes: isItsEnd ? undefined : end - start, target: start };
  }

  /** How long the image is, as a file. */
  async fileBytes(): Promise<number> {
    return this.piece.place.window?.size ?? (await this.#handle.stat()).size;
  }

  /** How long the disk in the image must be, in bytes; undefined if the image has no header that would say so. */
  get imageBytes(): number | undefined {
    if (this.piece.format === 'raw') return undefined;
    return this.#sparse === undefined ? this.piece.bytes : this.#sparse.sectors * sectorBytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

/** All of it is ours, and so the same for everybody. */
function vmdkList(sectors: number, part: string): string {
  const lines = ['# Disk DescriptorFile', 'version=1', 'CID=fffffffe', 'parentCID=ffffffff'];
  return [...lines, 'createType="twoGbMaxExtentSparse"', `RW ${sectors} SPARSE "${part}"`, ''].join('\n');
}

/** Reads an image in an open file, or in a part of one. */
async function readerIn(handle: FileHandle, { window }: ImagePlace): Promise<ByteReader> {
  const whole = await readerOfHandle(handle);
  return window === undefined ? whole : windowOf(whole, window.offset, window.size);
}
