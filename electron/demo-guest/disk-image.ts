import { open, stat, truncate, writeFile, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { command } from './command.ts';
import { diskLayout, rootLabel } from './recipe.ts';

const mib = 1024 * 1024;
const sectorBytes = 512;

/** What goes on the disk. */
export interface DiskContents {
  /** Files of the EFI system partition: path there, path here. */
  boot: Readonly<Record<string, string>>;
  root: string;
  /** Commands for debugfs to run over the root file system. */
  inodeFixes: string;
}

/** Makes a GPT disk image at `image`: an EFI system partition, then the root file system. Holes stay holes. */
export async function makeDisk(
  image: string,
  contents: DiskContents,
  workFolder: string,
  signal: AbortSignal,
): Promise<void> {
  const { espStartMib, espMib, rootMib, endMib } = diskLayout;
  const rootStartMib = espStartMib + espMib;
  await writeFile(image, '');
  await truncate(image, (rootStartMib + rootMib + endMib) * mib);
  const table = `label: gpt
start=${espStartMib}MiB, size=${espMib}MiB, type=U, name=boot
start=${rootStartMib}MiB, size=${rootMib}MiB, type=L, name=root
`;
  await command('sfdisk', ['--quiet', image], { signal, input: table });
  await makeBootPartition(image, contents.boot, signal);
  const rootImage = path.join(workFolder, 'root.ext4');
  await makeRootFileSystem(rootImage, contents, workFolder, signal);
  await copyInto(rootImage, image, rootStartMib * mib);
}

/** FAT with 4 KiB clusters: firmware follows the chain of a kernel cluster by cluster. */
async function makeBootPartition(image: string, files: DiskContents['boot'], signal: AbortSignal): Promise<void> {
  const { espStartMib, espMib } = diskLayout;
  const place = `${image}@@${espStartMib * mib}`;
  const sectors = (espMib * mib) / sectorBytes;
  const hidden = (espStartMib * mib) / sectorBytes;
  await command(
    'mformat',
    ['-i', place, '-T', String(sectors), '-h', '255', '-s', '63', '-H', String(hidden), '-c', '8', '-v', 'TATIN', '::'],
    { signal },
  );
  const folders = new Set(Object.keys(files).flatMap(parents));
  for (const folder of folders) await command('mmd', ['-i', place, `::${folder}`], { signal });
  for (const [target, source] of Object.entries(files))
    await command('mcopy', ['-i', place, source, `::${target}`], { signal });
}

/** `/a/b/c` -> `/a`, `/a/b`. */
function parents(file: string): string[] {
  const names = file.split('/').slice(1, -1);
  return names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
}

async function makeRootFileSystem(
  image: string,
  contents: DiskContents,
  workFolder: string,
  signal: AbortSignal,
): Promise<void> {
  await writeFile(image, '');
  await truncate(image, diskLayout.rootMib * mib);
  // Tables are made now, sparsely, so that no kernel thread of the guest writes them at its first start.
  const options = ['-E', 'lazy_itable_init=0,lazy_journal_init=0,discard', '-L', rootLabel, '-b', '4096', '-m', '1'];
  await command('mke2fs', ['-q', '-F', '-t', 'ext4', ...options, '-d', contents.root, image], { signal });
  const fixes = path.join(workFolder, 'inode-fixes');
  await writeFile(fixes, contents.inodeFixes);
  await command('debugfs', ['-w', '-f', fixes, image], { signal });
  await command('e2fsck', ['-f', '-n', image], { signal });
}

/** Copies `from` into `to` at `offset`, but for blocks of zeros, which are holes there already. */
async function copyInto(from: string, to: string, offset: number): Promise<void> {
  await using source = await open(from, 'r');
  await using target = await open(to, 'r+');
  const block = Buffer.alloc(64 * 1024);
  const zeros = Buffer.alloc(block.length);
  const { size } = await stat(from);
  for (let position = 0; position < size; position += block.length) {
    const { bytesRead } = await source.read(block, 0, block.length, position);
    const data = block.subarray(0, bytesRead);
    if (!data.equals(zeros.subarray(0, bytesRead))) await writeAll(target, data, offset + position);
  }
  await target.sync();
}

async function writeAll(file: FileHandle, data: Buffer, position: number): Promise<void> {
  for (let done = 0; done < data.length;) {
    const { bytesWritten } = await file.write(data, done, data.length - done, position + done);
    done += bytesWritten;
  }
}
