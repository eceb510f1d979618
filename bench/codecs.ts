import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import { extractArchive } from '../electron/codecs/apple-archive/extract.ts';
import { packFolder } from '../electron/codecs/apple-archive/pack.ts';
import { packLzfse, unpackLzfse } from '../electron/codecs/lzfse/codec.ts';
import { BenchHome } from './home.ts';
import { compare, type Contender, type Measurement } from './measure.ts';
import { seconds } from './processes.ts';

const pairs = 5;
const mebibyte = 1024 ** 2;
/** Data of a small server, spread over a disk of several times the length. */
const dataBytes = 512 * mebibyte;
const diskBytes = 8 * 1024 * mebibyte;
/** After so much data comes a hole of this length. */
const stripeBytes = 8 * mebibyte;
const holeBytes = 6 * mebibyte;
/** Pieces for the codecs alone: blocks of an archive. */
const blockBytes = 4 * mebibyte;
const codecBytes = 128 * mebibyte;

const zstd = {
  compress: promisify(zstdCompress),
  decompress: promisify(zstdDecompress),
  options: { params: { [constants.ZSTD_c_compressionLevel]: 3 } },
};

/**
 * LZFSE against zstd at its usual level, on one core, block by block; and a virtual machine that goes out as `.tvm` and
 * comes in again, against `tar` with `zstd -3`. What we write is flushed to the disk before it counts as done; what `tar`
 * writes is flushed too.
 */
export async function measureCodecs(_root: string, say: (line: string) => void): Promise<Measurement[]> {
  using home = new BenchHome();
  const machine = path.join(home.folder, 'machine');
  await makeMachine(machine);
  return [...(await measureBlocks(machine, say)), ...(await measureArchives(home.folder, machine, say))];
}

async function measureBlocks(machine: string, say: (line: string) => void): Promise<Measurement[]> {
  const plain = await firstBlocks(path.join(machine, 'disk.img'));
  const lzfse: Buffer[] = [];
  for (const block of plain) {
    const packed = Buffer.alloc(block.length);
    const length = await packLzfse(block, packed);
    if (length !== undefined) lzfse.push(packed.subarray(0, length));
  }
  const zstdPacked = await Promise.all(plain.map((block) => zstd.compress(block, zstd.options)));
  const target = Buffer.alloc(blockBytes);
  const size = (blocks: readonly Buffer[]) => blocks.reduce((sum, { length }) => sum + length, 0);
  say(`  ${codecBytes / 1e6} MB become ${size(lzfse) / 1e6} MB by LZFSE and ${size(zstdPacked) / 1e6} MB by zstd`);
  const rate = (name: string, work: () => Promise<unknown>): Contender => ({
    name,
    once: async () => {
      const took = await timed(work);
      say(`  ${name}: ${Math.round(codecBytes / 1e6 / took)} MB/s`);
      return took;
    },
  });
  const megabytes = `${Math.round(codecBytes / 1e6)} MB`;
  return [
    await compare(
      { key: 'lzfse-decode', question: `Decoding LZFSE to ${megabytes}, one core`, unit: 's' },
      rate('LZFSE', () => eachOf(lzfse, (block) => unpackLzfse(block, target))),
      rate('zstd, by Node', () => eachOf(zstdPacked, (block) => zstd.decompress(block))),
      pairs,
      say,
    ),
    await compare(
      { key: 'lzfse-encode', question: `Encoding ${megabytes} as LZFSE, one core`, unit: 's' },
      rate('LZFSE', () => eachOf(plain, (block) => packLzfse(block, target))),
      rate('zstd -3, by Node', () => eachOf(plain, (block) => zstd.compress(block, zstd.options))),
      pairs,
      say,
    ),
  ];
}

async function measureArchives(folder: string, machine: string, say: (line: string) => void): Promise<Measurement[]> {
  const { signal } = new AbortController();
  const [tvm, tar, out] = ['machine.tvm', 'machine.tar.zst', 'out'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  const from = async (work: () => Promise<unknown>): Promise<number> => {
    await rm(out, { recursive: true, force: true });
    await mkdir(out);
    // What was written before must not be paid for by who comes next.
    await seconds(['sync'], {});
    return await timed(work);
  };
  const run = (command: readonly string[], written: string) => async () => {
    await seconds(command, {});
    await seconds(['sync', '--file-system', written], {});
  };
  return [
    await compare(
      { key: 'export-tvm', question: 'Exporting a machine with 512 MiB of data', unit: 's', target: 3 },
      { name: '`.tvm`', once: () => from(() => packFolder({ folder: machine, archive: tvm, signal })) },
      {
        name: '`tar` with `zstd -3`',
        once: () => from(run(['tar', '-C', machine, '-S', '-I', 'zstd -3', '-cf', tar, '.'], tar)),
      },
      pairs,
      say,
    ),
    await compare(
      { key: 'import-tvm', question: 'Importing it again', unit: 's', target: 2 },
      { name: '`.tvm`', once: () => from(() => extractArchive({ source: tvm, destination: out, signal })) },
      { name: '`tar` with `zstd`', once: () => from(run(['tar', '-C', out, '-I', 'zstd', '-xf', tar], out)) },
      pairs,
      say,
    ),
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work();
  return (performance.now() - since) / 1000;
}

async function eachOf(blocks: readonly Buffer[], work: (block: Buffer) => Promise<unknown>): Promise<void> {
  for (const block of blocks) await work(block);
}

async function firstBlocks(disk: string): Promise<Buffer[]> {
  const handle = await open(disk, 'r');
  try {
    const blocks: Buffer[] = [];
    for (let offset = 0; blocks.length < codecBytes / blockBytes; offset += blockBytes) {
      const block = Buffer.alloc(blockBytes);
      await handle.read(block, 0, blockBytes, offset);
      if (block.some((byte) => byte !== 0)) blocks.push(block);
    }
    return blocks;
  } finally {
    await handle.close();
  }
}

/** A folder as Tart has it, whose disk holds files of this system between holes, each at a block of its own. */
async function makeMachine(folder: string): Promise<void> {
  await mkdir(folder);
  await writeFile(path.join(folder, 'config.json'), '{}');
  await writeFile(path.join(folder, 'nvram.bin'), Buffer.alloc(128 * 1024));
  const disk = await open(path.join(folder, 'disk.img'), 'wx');
  try {
    let [offset, written] = [0, 0];
    for await (const bytes of systemFiles()) {
      await disk.write(bytes, 0, bytes.length, offset);
      const holes = Math.floor((written + bytes.length) / stripeBytes) - Math.floor(written / stripeBytes);
      written += bytes.length;
      offset = Math.ceil((offset + bytes.length) / 4096) * 4096 + holes * holeBytes;
      if (written >= dataBytes) break;
    }
    if (written < dataBytes) throw new Error('This system has too few files to measure with.');
    await disk.truncate(diskBytes);
  } finally {
    await disk.close();
  }
}

/** Programs, libraries and texts, as a disk holds them. */
async function* systemFiles(): AsyncGenerator<Buffer> {
  for (const root of ['/usr/lib', '/usr/bin', '/usr/share', '/opt']) {
    const entries: Dirent[] = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (!entry.isFile()) continue;
      const bytes = await readFile(path.join(entry.parentPath, entry.name)).catch(() => undefined);
      // One huge file would be all that is measured.
      if (bytes !== undefined && bytes.length > 0 && bytes.length < 32 * mebibyte) yield bytes;
    }
  }
}
