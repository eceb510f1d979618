import type { Dirent } from 'node:fs';
import { lstat, readdir, readlink, realpath, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { replaceSymlink } from '../../files/replace-symlink.ts';
import { type Check, type Repair, type Finding, passed } from '../check.ts';
import { count, listed } from '../words.ts';

/**
 * Tags that do not lead to the image beside them. They hold whole paths: a home that was moved by hand leaves every one of
 * them behind, with its image still there; where that is gone too, pruning leaves them, and nothing can be made from them.
 */
export const tagLinks: Check = {
  id: 'tag-links',
  title: 'Cached images',
  async look({ library }): Promise<Finding> {
    const links = await linksUnder(path.join(library.home.cache, 'OCIs'));
    const states = await Promise.all(links.map(async (link) => ({ link, state: await stateOf(link) })));
    const moved = states.flatMap(({ link, state }) => (state === 'moved' ? [link] : []));
    const broken = states.flatMap(({ link, state }) => (state === 'broken' ? [link] : []));
    const lookedAt = `Followed ${count(links.length, 'tag link')} in the image cache.`;
    if (moved.length + broken.length === 0)
      return passed(`${count(links.length, 'tag')}, all lead to an image`, lookedAt);
    const say = [...(moved.length > 0 ? [movedText(moved)] : []), ...(broken.length > 0 ? [brokenText(broken)] : [])];
    return {
      state: 'attention',
      summary: say.join(' '),
      lookedAt,
      details: listed(
        await Promise.all([...moved, ...broken].map(async (link) => `${link} → ${await readlink(link)}`)),
      ),
      cures: [...(moved.length > 0 ? [repair(moved)] : []), ...(broken.length > 0 ? [remove(broken)] : [])],
    };
  },
};

function movedText({ length }: readonly string[]): string {
  const [point, image] = length === 1 ? ['points', 'its image is'] : ['point', 'their images are'];
  return `${count(length, 'tag')} ${point} to another folder than this home’s, though ${image} here: the home was moved or copied by hand.`;
}

function brokenText({ length }: readonly string[]): string {
  const [where, they] =
    length === 1 ? ['points to an image that is', 'it shows'] : ['point to images that are', 'they show'];
  return `${count(length, 'tag')} ${where} not here any more, so ${they} no size and can’t be cloned.`;
}

function repair(moved: readonly string[]): Repair {
  return {
    id: 'repair-links',
    title: `Repair ${count(moved.length, 'Link')}`,
    kind: 'safe',
    apply: async () => {
      for (const link of moved)
        if ((await stateOf(link)) === 'moved') await replaceSymlink(link, await imageBeside(link));
    },
  };
}

function remove(broken: readonly string[]): Repair {
  return {
    id: 'remove-links',
    title: `Remove ${count(broken.length, 'Link')}`,
    kind: 'safe',
    apply: async () => {
      for (const link of broken) if ((await stateOf(link)) === 'broken') await rm(link, { force: true });
    },
  };
}

/** `moved`: the image that it means is beside it, but the path that it holds leads elsewhere or nowhere. */
async function stateOf(link: string): Promise<'good' | 'moved' | 'broken' | 'gone'> {
  if ((await lstat(link).catch(() => undefined))?.isSymbolicLink() !== true) return 'gone';
  const target = await realpath(link).catch(() => undefined);
  const beside = await imageBeside(link);
  const isBeside = (await stat(beside).catch(() => undefined))?.isDirectory() === true;
  if (isBeside) return target === (await realpath(beside)) ? 'good' : 'moved';
  return target === undefined ? 'broken' : 'good';
}

/** The folder of the digest that a link names, where the link itself is. */
async function imageBeside(link: string): Promise<string> {
  return path.join(path.dirname(link), path.basename(await readlink(link)));
}

/** Links in the folders of repositories; what is inside an image is not looked into. */
async function linksUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
  const links = entries.flatMap((entry) => (entry.isSymbolicLink() ? [path.join(folder, entry.name)] : []));
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('sha256:'));
  const inside = await Promise.all(folders.map(({ name }) => linksUnder(path.join(folder, name))));
  return [...links, ...inside.flat()];
}
