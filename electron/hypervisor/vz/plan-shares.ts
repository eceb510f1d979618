import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { VzDocument, VzFacts, VzShare } from './document.ts';
import type { VzVm } from './planned.ts';
import type { VzRunOptions } from './run-options.ts';

/** What macOS guests from 13 on mount by themselves, at /Volumes/My Shared Files. */
export const automountTag = 'com.apple.virtio-fs.automount';

/** The framework's limit (VZVirtioFileSystemDeviceConfiguration, `validateTag:`). */
const tagLimitBytes = 36;

type Folder = NonNullable<VzRunOptions['sharedFolders']>[number];

/**
 * Shared folders by tag. Without one of its own a folder goes to the tag that macOS mounts by itself, or, in Linux
 * guests, has its name for a tag, as on other hosts. A tag that one nameless folder has is that folder; else it holds
 * folders by name, and of two with one name the later counts.
 * @throws AppError `invalid-input`, `not-supported`
 */
export function planVzShares(vm: VzVm, options: VzRunOptions, facts: VzFacts): VzDocument['shares'] {
  const isMac = vm.config.os === 'darwin';
  const folders: readonly Folder[] = options.sharedFolders ?? vm.annotations.sharedFolders;
  const byTag = new Map<string, Folder[]>();
  for (const folder of folders) {
    if (!path.isAbsolute(folder.path))
      throw new AppError('invalid-input', `“${folder.path}” is not the whole path of a folder.`);
    const tag = checkedTag(folder.tag ?? (isMac ? automountTag : folder.name));
    byTag.set(tag, [...(byTag.get(tag) ?? []), folder]);
  }
  const shares = [...byTag].map(([tag, group]) => ({ tag, share: shareOf(tag, group) }));
  return options.rosetta === undefined ? shares : [...shares, rosettaShare(vm, options.rosetta, byTag, facts)];
}

function shareOf(tag: string, group: readonly Folder[]): VzShare {
  const [first] = group;
  // A folder by itself is steadier in the guest than one of several.
  if (first !== undefined && group.length === 1 && (first.name === '' || first.name === tag))
    return { kind: 'single', path: first.path, readOnly: first.readOnly };
  const named = new Map(group.map(({ name, path: place, readOnly }) => [name, { name, path: place, readOnly }]));
  if (named.has(''))
    throw new AppError('invalid-input', `Several folders are shared as “${tag}”, so each needs a name.`);
  return { kind: 'multiple', folders: [...named.values()] };
}

function rosettaShare(
  vm: VzVm,
  { tag }: NonNullable<VzRunOptions['rosetta']>,
  taken: ReadonlyMap<string, unknown>,
  facts: VzFacts,
): VzDocument['shares'][number] {
  if (vm.config.os !== 'linux') throw new AppError('not-supported', 'Rosetta is shared with Linux guests only.');
  if (facts.rosetta === 'notSupported') throw new AppError('not-supported', 'Rosetta needs a Mac with Apple silicon.');
  if (taken.has(tag)) throw new AppError('invalid-input', `Rosetta and a folder are both shared as “${tag}”.`);
  return { tag: checkedTag(tag), share: { kind: 'rosetta' } };
}

function checkedTag(tag: string): string {
  if (tag !== '' && Buffer.byteLength(tag) < tagLimitBytes && !/\p{Cc}/u.test(tag)) return tag;
  throw new AppError('invalid-input', `“${tag}” can't be the name of a shared folder.`, {
    hint: `Use fewer than ${tagLimitBytes} bytes and no control characters.`,
  });
}
