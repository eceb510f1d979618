import { AppError } from '../contract/errors.ts';
import type { ExtraDisk, SharedFolder } from '../contract/machine.ts';
import type { DiskModes, RunOptions } from '../hypervisor/machine.ts';
import { usageError } from './failure.ts';
import { hostPath } from './host-path.ts';

/** The tag under which macOS mounts shares by itself, and Tart's default for every guest. */
export const automountTag = 'com.apple.virtio-fs.automount';

type RootDisk = NonNullable<RunOptions['rootDisk']>;
type Share = SharedFolder & { tag: string };

const syncs = ['none', 'fsync', 'full'] as const;
const cachings = ['automatic', 'cached', 'uncached'] as const;

function isDiskOption(text: string): boolean {
  return text === 'ro' || text.startsWith('sync=') || text.startsWith('caching=');
}

/** Reads `ro,sync=none|fsync|full,caching=automatic|cached|uncached`. */
export function diskOptions(text: string): RootDisk {
  const options: RootDisk = {};
  for (const part of text.split(',')) {
    const [, key = '', value = ''] = /^(\w+)=(.*)$/.exec(part) ?? [];
    const sync = syncs.find((known) => known === value);
    const caching = cachings.find((known) => known === value);
    if (part === 'ro') options.readOnly = true;
    else if (key === 'sync' && sync !== undefined) options.sync = sync;
    else if (key === 'caching' && caching !== undefined) options.caching = caching;
    else throw usageError(`'${part}' is not one of ro, sync=none|fsync|full and caching=automatic|cached|uncached.`);
  }
  return options;
}

/** Parts `path[:options]`: what follows the last colon are options if one of them is. */
export function splitDisk(text: string): { disk: string; options: string | undefined } {
  const colon = text.lastIndexOf(':');
  const options = text.slice(colon + 1);
  const hasOptions = colon > 0 && options.split(',').some(isDiskOption);
  return hasOptions ? { disk: text.slice(0, colon), options } : { disk: text, options: undefined };
}

const networkDisk = /^nbds?(\+unix)?:/;

/**
 * Reads `path[:options]`.
 * @param isMac whether this host is one
 * @throws AppError `not-supported` for what only Virtualization.framework attaches
 */
export function extraDisk(text: string, isMac = process.platform === 'darwin'): ExtraDisk & DiskModes {
  if (networkDisk.test(text) && !isMac)
    throw new AppError('not-supported', `Network disks such as ${text} need a Mac.`, {
      hint: 'Attach a file: --disk PATH[:ro].',
    });
  const split = splitDisk(text);
  const options = split.options === undefined ? {} : diskOptions(split.options);
  if (!isMac && (options.sync !== undefined || options.caching !== undefined))
    throw new AppError('not-supported', 'sync= and caching= of an extra disk need a Mac.', {
      hint: 'Leave them out; for the own disk of the VM there is --root-disk-opts.',
    });
  const place = networkDisk.test(split.disk) ? split.disk : hostPath(split.disk);
  return { ...options, path: place, readOnly: options.readOnly ?? false };
}

/** Reads the values of `--dir`, `[name:]path[:ro][,tag=TAG]`, all together since they share their tags. */
export function sharedFolders(texts: readonly string[]): Share[] {
  const shares = texts.map(sharedFolder);
  if (shares.length > 1 && shares.some(({ isNamed, tag }) => !isNamed && tag === undefined))
    throw usageError('For multiple directory shares each one of them should be named, or have a tag: --dir name:path');
  return shares.map(({ name, path, readOnly, isNamed, tag }) => ({
    name,
    path,
    readOnly,
    // A guest of QEMU mounts each folder by a tag of its own, so a name is one.
    tag: tag ?? (isNamed ? name : automountTag),
  }));
}

function sharedFolder(text: string): SharedFolder & { isNamed: boolean; tag: string | undefined } {
  const parts = text.split(':');
  const options = parts.length > 1 ? folderOptions(parts.at(-1) ?? '') : undefined;
  if (options !== undefined) parts.pop();
  const address = parts.join(':');
  if (/(^|:)https?:\/\//.test(address))
    throw new AppError('not-supported', 'A shared folder must be on this computer.', {
      hint: 'Download and unpack the archive first, then share its folder.',
    });
  const [first = '', ...rest] = parts;
  const isNamed = rest.length > 0;
  const folder = isNamed ? rest.join(':') : first;
  if (folder === '' || first === '') throw usageError(`'${text}' must look like --dir [name:]path[:ro][,tag=TAG].`);
  return {
    name: isNamed ? first : 'shared',
    path: hostPath(folder),
    readOnly: options?.readOnly ?? false,
    isNamed,
    tag: options?.tag,
  };
}

/** `ro`, `tag=TAG` or both; undefined if it is neither, hence a part of the path. */
function folderOptions(text: string): { readOnly: boolean; tag: string | undefined } | undefined {
  const parts = text.split(',');
  if (!parts.every((part) => part === 'ro' || /^tag=./.test(part))) return undefined;
  return { readOnly: parts.includes('ro'), tag: parts.find((part) => part.startsWith('tag='))?.slice(4) };
}
