import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import { openReader } from '../transfer/import/byte-reader.ts';
import { dropped, pathOf } from '../transfer/import/door.ts';
import { readRestoreImage } from '../transfer/import/restore-image.ts';

/** A restore image on disk, as its own manifest says. */
export interface IpswFile {
  /** Absolute, without links: Virtualization.framework follows none. */
  readonly file: string;
  readonly bytes: number;
  readonly version: string;
  readonly build: string;
  /** Whether it can be installed in a virtual machine at all. */
  readonly isForVirtualMac: boolean;
}

/**
 * Reads what an image installs, on any computer.
 * @throws AppError `file-not-found`, `file-not-allowed`, `image-damaged`, `image-not-supported` for what is no restore image
 */
export async function readIpswFile(wanted: string): Promise<IpswFile> {
  const found = await dropped(wanted).catch((error: unknown) => {
    throw new AppError('file-not-found', `There is no image ${wanted}.`, {
      hint: 'Check where it was downloaded to.',
      cause: error,
    });
  });
  if (found.is !== 'file')
    throw new AppError('image-not-supported', `${wanted} is not a file.`, { hint: 'Choose the .ipsw file itself.' });
  await using reader = await openReader(found.part).catch((error: unknown) => {
    throw new AppError('file-not-allowed', `You may not read ${wanted}.`, { cause: error });
  });
  const { version, build, isForVirtualMac } = await readRestoreImage(reader);
  return { file: pathOf(found.part), bytes: reader.size, version, build, isForVirtualMac };
}

/** The images in Tart's cache, no matter who fetched them. What can't be read as one is left out. */
export async function cachedIpsws(folder: string): Promise<IpswFile[]> {
  const names = (await readdir(folder).catch((): string[] => [])).filter((name) => name.endsWith('.ipsw'));
  const files = await Promise.all(names.map((name) => readIpswFile(path.join(folder, name)).catch(() => undefined)));
  return files.filter((file) => file !== undefined);
}
