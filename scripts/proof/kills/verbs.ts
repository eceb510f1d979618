import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { extractArchive } from '../../../electron/codecs/apple-archive/extract.ts';
import { run } from '../../../electron/transfer/import/testing/sample-images.ts';
import { deleteImage } from '../../../electron/registry/cache/remove.ts';
import { findImage } from '../../../electron/registry/cache/clone-image.ts';
import { contentOf } from './content.ts';
import { importKinds, type KillBed, type Machines } from './kill-bed.ts';

/** A command that is killed, and what must be true before and after. */
export interface Verb {
  readonly name: string;
  /** Makes what it needs; its words. */
  prepare(round: number): string[] | Promise<string[]>;
  /** What there is when it is done, from what there was; without: the same machines. */
  readonly after?: (before: Machines) => Map<string, string>;
  /** What is wrong, at any moment (`false`) or when it is done (`true`). */
  readonly check?: (isDone: boolean, round: number) => string[] | Promise<string[]>;
  /** Asked again after a kill that came when all was done, it would refuse. */
  readonly isOnce?: boolean;
}

/** Every verb that changes the disk without a guest; those that need what is not here are left out by the caller. */
export function verbsOf(bed: KillBed): Verb[] {
  const registryVerbs = bed.registry === undefined ? [] : [pull(bed), push(bed), prune(bed), cloneImageVerb(bed)];
  return [
    ...libraryVerbs(bed),
    ...importVerbs(bed),
    ...exportVerbs(bed),
    moveHome(bed),
    settings(bed),
    ...registryVerbs,
  ];
}

function libraryVerbs(bed: KillBed): Verb[] {
  const second = contentOf(bed.at('second.img'));
  const empty = bed.at('empty.img');
  run('truncate', ['-s', '1000000000', empty]);
  const nothing = contentOf(empty);
  const source = bed.base.get('source') ?? '';
  return [
    {
      name: 'create',
      isOnce: true,
      prepare: () => ['create', 'new', '--linux', '--disk-size', '1'],
      after: (before) => new Map(before).set('new', nothing),
    },
    {
      name: 'clone',
      isOnce: true,
      prepare: () => ['clone', 'source', 'new'],
      after: (before) => new Map(before).set('new', source),
    },
    {
      name: 'rename',
      isOnce: true,
      prepare: () => ['rename', 'other', 'renamed'],
      after: (before) => without(before, 'other').set('renamed', before.get('other') ?? ''),
    },
    { name: 'delete', isOnce: true, prepare: () => ['delete', 'other'], after: (before) => without(before, 'other') },
    {
      name: 'set',
      prepare: (round) => ['set', 'source', '--cpu', String(2 + (round % 7)), '--random-mac'],
      check: (isDone, round) =>
        isDone && bed.config('source').cpuCount !== 2 + (round % 7) ? ['The CPUs were not set.'] : [],
    },
    {
      name: 'set --disk',
      prepare: () => ['set', 'other', '--disk', bed.at('second.img')],
      after: (before) => new Map(before).set('other', second),
    },
  ];
}

function without(machines: Machines, name: string): Map<string, string> {
  const left = new Map(machines);
  left.delete(name);
  return left;
}

function importVerbs(bed: KillBed): Verb[] {
  const content = contentOf(bed.at('web.img'));
  return importKinds.map((name) => ({
    name: `import ${name}`,
    isOnce: true,
    prepare: () => ['import', bed.importFile(name), 'new', '--arch', 'amd64'],
    after: (before) => new Map(before).set('new', content),
  }));
}

function exportVerbs(bed: KillBed): Verb[] {
  return ['tvm', 'raw', 'qcow2'].map((format) => {
    const target = bed.at('exported', `web.${format}`);
    const wholeOnly = async (isDone: boolean): Promise<string[]> => {
      if (!existsSync(target)) return isDone ? ['There is no file.'] : [];
      return (await exportedContent(bed, target, format)) === bed.base.get('source') ? [] : ['The file is not whole.'];
    };
    return {
      name: `export ${format}`,
      prepare: () => ['export', 'source', target, '--format', format, '--force'],
      check: wholeOnly,
    };
  });
}

async function exportedContent(bed: KillBed, file: string, format: string): Promise<string> {
  if (format === 'raw') return contentOf(file);
  const unpacked = bed.at('unpacked');
  rmSync(unpacked, { recursive: true, force: true });
  try {
    if (format === 'tvm') {
      await extractArchive({
        source: file,
        destination: unpacked,
        limitBytes: 1e9,
        signal: new AbortController().signal,
      });
      return contentOf(path.join(unpacked, 'disk.img'));
    }
    run('qemu-img', ['convert', '-O', 'raw', file, unpacked]);
    return contentOf(unpacked);
  } catch (error) {
    return String(error);
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

/** Without the image in the cache, so that there is something to do; the machines that have its layers stay. */
async function dropImage(bed: KillBed): Promise<void> {
  const found = findImage(bed.library.home, bed.image);
  if (found !== undefined) await deleteImage(bed.library.home, found.id);
}

const needImage = (bed: KillBed) => (isDone: boolean) =>
  isDone && findImage(bed.library.home, bed.image) === undefined ? ['The image is not in the cache.'] : [];

function pull(bed: KillBed): Verb {
  const prepare = async (): Promise<string[]> => {
    await dropImage(bed);
    return ['pull', bed.image, '--insecure'];
  };
  return { name: 'pull', prepare, check: needImage(bed) };
}

function cloneImageVerb(bed: KillBed): Verb {
  const prepare = async (round: number): Promise<string[]> => {
    if (round % 2 === 0) await dropImage(bed);
    return ['clone', bed.image, 'new', '--insecure'];
  };
  const after = (before: Machines) => new Map(before).set('new', bed.base.get('source') ?? '');
  return { name: 'clone an image', isOnce: true, prepare, after };
}

function push(bed: KillBed): Verb {
  const tag = (round: number): string => bed.image.replace(/web:v1$/, `pushed${round}:v1`);
  return {
    name: 'push',
    prepare: (round) => ['push', 'source', tag(round), '--insecure'],
    check: async (isDone, round) => {
      const [host = '', ...rest] = tag(round).split('/');
      const [repository = '', name = ''] = rest.join('/').split(':');
      const answer = await fetch(`http://${host}/v2/${repository}/manifests/${name}`, {
        headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
      });
      if (!answer.ok) return isDone ? ['The registry has no such image.'] : [];
      // A registry takes a manifest only when it has every blob of it, under the digest that its bytes have.
      const { layers } = (await answer.json()) as { layers: unknown[] };
      return layers.length >= 3 ? [] : ['The image is not whole.'];
    },
  };
}

function prune(bed: KillBed): Verb {
  const prepare = async (): Promise<string[]> => {
    await bed.mustRun('pull', bed.image, '--insecure');
    return ['prune', '--space-budget', '0'];
  };
  const check = (isDone: boolean) =>
    isDone && findImage(bed.library.home, bed.image) !== undefined ? ['The image is still there.'] : [];
  return { name: 'prune', prepare, check };
}

/** A home of its own, since the one in use stays where it is. */
function moveHome(bed: KillBed): Verb {
  const [from, to] = [bed.at('first-home'), bed.at('second-home')];
  const content = bed.base.get('source');
  return {
    name: 'home move',
    isOnce: true,
    prepare: () => {
      for (const home of [from, to]) rmSync(home, { recursive: true, force: true });
      cpSync(path.join(bed.library.home.vms, 'source'), path.join(from, 'vms/moved'), { recursive: true });
      return ['home', 'move', from, to];
    },
    check: (isDone) => {
      const [before, later] = [from, to].map((home) => bed.machines(home));
      const wrong = [...(before?.wrong ?? []), ...(later?.wrong ?? [])];
      const places = [before, later].filter((home) => home?.machines.get('moved') === content);
      if (places.length === 0) wrong.push('The machine is in neither home.');
      if (later?.machines.has('moved') === true && later.machines.get('moved') !== content)
        wrong.push('Half of a home has its name.');
      if (isDone && later?.machines.has('moved') !== true) wrong.push('The home did not move.');
      return wrong;
    },
  };
}

function settings(bed: KillBed): Verb {
  const file = bed.at('state', 'settings.json');
  return {
    name: 'settings set',
    prepare: (round) => ['settings', 'set', 'transfers.connections', String(1 + (round % 8))],
    check: (isDone, round) => {
      if (!existsSync(file)) return isDone ? ['There are no settings.'] : [];
      const text = readFileSync(file, 'utf8');
      try {
        JSON.parse(text);
      } catch (error) {
        return ['The settings are broken.'];
      }
      return !isDone || text.includes(String(1 + (round % 8))) ? [] : ['The setting was not kept.'];
    },
  };
}
