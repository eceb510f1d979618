import { type FileHandle, open, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { hasCode } from '../../files/error-codes.ts';
import type { GuestArch } from '../../contract/machine.ts';
import { tatinFiles } from '../../library/layout.ts';
import { type Firmware, findFirmware, noFirmware } from './firmware.ts';
import { readBounded } from '../../files/bounded-file.ts';
import { deleteLeftOvers, replaceFile } from '../../files/replace-file.ts';

/** The machine "virt" has two flash chips of this size and takes no smaller files for them. */
const virtFlashBytes = 64 * 1024 ** 2;
const blockBytes = 4096;

/** Flash files as QEMU gets them. */
export interface FlashFiles {
  readonly code: { readonly path: string; readonly format: 'raw' | 'qcow2' };
  readonly variables: { readonly path: string; readonly format: 'raw' | 'qcow2' };
}

/**
 * The firmware for a guest that was suspended: the one with that code among those of this computer, wherever the name
 * comes from; and its variables as they are. Undefined if there is none.
 */
export async function sameFlash(
  folder: string,
  arch: GuestArch,
  cacheFolder: string,
  codePath: string,
): Promise<FlashFiles | undefined> {
  const variables = path.join(folder, tatinFiles.qemuVariables);
  if ((await lengthOf(variables)) === undefined) return undefined;
  for (const firmware of await findFirmware(arch)) {
    const code = await paddedCode(firmware, arch, cacheFolder);
    // What was padded lies in a cache, which may have moved.
    const isSame =
      code === firmware.code ? code.path === codePath : path.basename(code.path) === path.basename(codePath);
    if (isSame) return { code, variables: { path: variables, format: await formatOf(variables) } };
  }
  return undefined;
}

/**
 * The firmware for a VM, and its own variables beside its disk, made from the firmware's template if it has none that
 * fit. Variables that fit no firmware on this computer are kept as `qemu-vars.fd.old`.
 * @throws AppError `no-firmware`
 */
export async function prepareFlash(folder: string, arch: GuestArch, cacheFolder: string): Promise<FlashFiles> {
  const candidates = await findFirmware(arch);
  const best = candidates[0];
  if (best === undefined) throw noFirmware(arch);
  const variables = path.join(folder, tatinFiles.qemuVariables);
  const fitting = await firstThatFits(candidates, variables, arch);
  if (fitting === undefined) await makeVariables(best, variables, arch);
  const firmware = fitting ?? best;
  return {
    code: await paddedCode(firmware, arch, cacheFolder),
    variables: { path: variables, format: await formatOf(variables) },
  };
}

/** Code and variables of one firmware belong together; their templates' lengths tell the kinds apart. */
async function firstThatFits(
  candidates: readonly Firmware[],
  variables: string,
  arch: GuestArch,
): Promise<Firmware | undefined> {
  const length = await lengthOf(variables);
  if (length === undefined) return undefined;
  if ((await formatOf(variables)) === 'qcow2') return candidates.find(({ template }) => template.format === 'qcow2');
  for (const firmware of candidates) {
    const { template } = firmware;
    if (template.format === 'raw' && flashLength((await stat(template.path)).size, arch) === length) return firmware;
  }
  return undefined;
}

async function makeVariables(firmware: Firmware, variables: string, arch: GuestArch): Promise<void> {
  const content = await readBounded(firmware.template.path, virtFlashBytes);
  const length = firmware.template.format === 'raw' ? flashLength(content.length, arch) : content.length;
  if ((await lengthOf(variables)) !== undefined) await rename(variables, `${variables}.old`);
  await writeSparsely(variables, content, length);
}

async function paddedCode({ code }: Firmware, arch: GuestArch, cacheFolder: string): Promise<FlashFiles['code']> {
  const { size, mtimeMs } = await stat(code.path);
  if (code.format !== 'raw' || size === flashLength(size, arch)) return code;
  const padded = path.join(cacheFolder, `firmware-${arch}-${size}-${mtimeMs}.fd`);
  if ((await lengthOf(padded)) !== virtFlashBytes)
    await writeSparsely(padded, await readBounded(code.path, virtFlashBytes), virtFlashBytes);
  return { path: padded, format: 'raw' };
}

function flashLength(bytes: number, arch: GuestArch): number {
  return arch === 'arm64' ? Math.max(bytes, virtFlashBytes) : bytes;
}

async function lengthOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function formatOf(file: string): Promise<'raw' | 'qcow2'> {
  const handle = await open(file, 'r');
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString('latin1') === 'QFI\xfb' ? 'qcow2' : 'raw';
  } finally {
    await handle.close();
  }
}

/** Blocks of zeros become holes. */
async function writeSparsely(file: string, content: Buffer, length: number): Promise<void> {
  const write = async (handle: FileHandle): Promise<void> => {
    const zeros = Buffer.alloc(blockBytes);
    for (let offset = 0; offset < content.length; offset += blockBytes) {
      const block = content.subarray(offset, offset + blockBytes);
      if (!block.equals(zeros.subarray(0, block.length))) await handle.write(block, 0, block.length, offset);
    }
    await handle.truncate(length);
  };
  // Only the holder of the machine's lock writes it.
  await deleteLeftOvers(file, 0);
  await replaceFile(file, write, { mode: 0o600, flush: true });
}
