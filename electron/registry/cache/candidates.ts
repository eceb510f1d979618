import { lstatSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Home } from '../../library/home.ts';
import { tartFiles } from '../../library/layout.ts';
import type { LibraryEntry } from '../../library/vm.ts';
import { vmIdOf } from '../../library/vm-id.ts';
import { unfinishedPulls } from './pull-folder.ts';
import { lockHost } from './collect-garbage.ts';
import { isPinned } from './marks.ts';
import type { Candidate } from './prune-rules.ts';
import { isImageInUse } from './remove.ts';
import { hostFolderOf, scanCache } from './scan.ts';
import { tagsOf } from './image-list.ts';

/** Everything in the cache that pruning may take: images, restore images of macOS, and pulls that were cut off. */
export function cacheCandidates(home: Home): Candidate[] {
  return [...imageCandidates(home), ...ipswCandidates(home), ...unfinishedCandidates(home)];
}

/** Images, broken ones too. */
export function imageCandidates(home: Home): Candidate[] {
  const scan = scanCache(home.cache);
  const heldHosts = new Map<string, boolean>();
  return scan.images.flatMap(({ id, repository, folder }) => {
    const status = statSync(folder, { throwIfNoEntry: false });
    if (status === undefined) return [];
    const host = hostFolderOf(home.cache, folder);
    if (!heldHosts.has(host)) heldHosts.set(host, isHeld(host));
    const [tag] = tagsOf(scan, folder);
    return {
      id,
      kind: 'image',
      name: tag === undefined ? id : `${repository}:${tag}`,
      bytes: allocatedBytes(folder, [tartFiles.config, tartFiles.disk, tartFiles.nvram]),
      accessedAt: status.atime,
      mustStay: whyItStays(folder, heldHosts.get(host) === true),
    };
  });
}

function whyItStays(folder: string, isHostHeld: boolean): string | undefined {
  if (isPinned(folder)) return 'Pinned';
  if (isImageInUse(folder)) return 'Being copied';
  return isHostHeld ? 'Another program pulls from its registry' : undefined;
}

function isHeld(hostFolder: string): boolean {
  using lock = lockHost(hostFolder);
  return lock === undefined;
}

/** `cache/IPSWs/*.ipsw`, by their paths. */
export function ipswCandidates(home: Home): Candidate[] {
  const folder = path.join(home.cache, 'IPSWs');
  return namesIn(folder)
    .filter((name) => name.endsWith('.ipsw'))
    .flatMap((name) => {
      const file = path.join(folder, name);
      const status = statSync(file, { throwIfNoEntry: false });
      if (status === undefined) return [];
      return { id: file, kind: 'ipsw', name, bytes: status.blocks * 512, accessedAt: status.atime };
    });
}

/** What is kept of pulls that were cut off, ours and Tart's, by the paths of their folders. One that goes on now is none. */
function unfinishedCandidates(home: Home): Candidate[] {
  const ours = unfinishedPulls(home).filter(({ isBusy }) => !isBusy);
  return [
    ...ours.map(({ folder, digest, allocatedBytes: bytes, changedAt }) => ({
      id: folder,
      kind: 'unfinished' as const,
      name: `Unfinished pull ${digest.slice('sha256:'.length, 'sha256:'.length + 12)}`,
      bytes,
      accessedAt: changedAt,
    })),
    ...unfinishedOfTart(home),
    ...unfinishedIpsws(home),
  ];
}

/** What is here of images of macOS whose download was cut off. */
function unfinishedIpsws(home: Home): Candidate[] {
  const folder = path.join(home.cache, 'IPSWs');
  return namesIn(folder)
    .filter((name) => name.endsWith('.partial'))
    .flatMap((name) => {
      const file = path.join(folder, name);
      const status = statSync(file, { throwIfNoEntry: false });
      if (status === undefined || isHeld(file)) return [];
      const bytes = status.blocks * 512;
      return { id: file, kind: 'unfinished', name: 'Unfinished download of macOS', bytes, accessedAt: status.mtime };
    });
}

/** Tart names what it keeps of a pull by a hash of the image's name. */
const tartPullFolder = /^[0-9a-f]{32}$/;

function unfinishedOfTart(home: Home): Candidate[] {
  return namesIn(home.tmp)
    .filter((name) => tartPullFolder.test(name))
    .flatMap((name) => {
      const folder = path.join(home.tmp, name);
      const status = lstatSync(folder, { throwIfNoEntry: false });
      if (status?.isDirectory() !== true || isHeld(folder)) return [];
      const disk = statSync(path.join(folder, tartFiles.disk), { throwIfNoEntry: false });
      const accessedAt = disk !== undefined && disk.mtime > status.mtime ? disk.mtime : status.mtime;
      const bytes = allocatedBytes(folder, namesIn(folder));
      return { id: folder, kind: 'unfinished', name: 'Unfinished pull of Tart', bytes, accessedAt };
    });
}

/** VMs that could be deleted. Those that run are listed, and must stay; what can't be read as a VM is left out, as by Tart. */
export function vmCandidates(entries: readonly LibraryEntry[]): Candidate[] {
  return entries.flatMap((entry) => {
    if (entry.kind === 'unreadable') return [];
    const { name, allocatedBytes: bytes, accessedAt } = entry;
    const mustStay = entry.lockPid === undefined ? undefined : 'Running';
    return { id: vmIdOf(name), kind: 'vm', name, bytes, accessedAt, mustStay };
  });
}

function allocatedBytes(folder: string, leaves: readonly string[]): number {
  return leaves.reduce((sum, leaf) => {
    const status = statSync(path.join(folder, leaf), { throwIfNoEntry: false });
    return sum + (status?.blocks ?? 0) * 512;
  }, 0);
}

function namesIn(folder: string): string[] {
  return lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(folder) : [];
}
