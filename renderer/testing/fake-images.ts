import type { Handlers } from '../../electron/contract/contract.ts';
import { AppError } from '../../electron/contract/errors.ts';
import type { CatalogEntry, Image, ImageDescription, Registry } from '../../electron/contract/images.ts';
import type { Job } from '../../electron/contract/job.ts';
import { job, then } from './fixtures.ts';

type ImageHandlers = Pick<Handlers, Extract<keyof Handlers, `images.${string}` | `registries.${string}`>>;

/** What the cache and the registries of a fake host hold. */
export interface FakeImages {
  images: Image[];
  registries: Registry[];
  /** By reference; what is not here does not exist. */
  readonly remote: Map<string, ImageDescription>;
  /** Hosts that want to know who asks. */
  readonly guarded: Set<string>;
}

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** An image of the cache, with whatever a test needs to be otherwise. */
export function image(repository: string, otherwise: Partial<Image> = {}): Image {
  return {
    ...{ id: `${repository}@${digest}`, repository, digest, tags: ['latest'], os: 'linux', arch: 'arm64' },
    ...{ diskBytes: 20e9, allocatedBytes: 2.5e9, downloadBytes: 1.2e9, accessedAt: then, pinned: false, usedBy: [] },
    ...otherwise,
  };
}

/** What a registry says of an image, with whatever a test needs to be otherwise. */
export function described(reference: string, otherwise: Partial<ImageDescription> = {}): ImageDescription {
  return {
    ...{ reference, digest, os: 'linux', arch: 'arm64', diskBytes: 20e9, downloadBytes: 1.2e9, hereBytes: 0 },
    ...{ layerCount: 40, uploadedAt: then, state: 'new', labels: {} },
    ...{ neededBytes: 20e9, freeBytes: 200e9, shortBytes: 0, prunedFirst: [], isPruningOff: false },
    ...otherwise,
  };
}

const catalog: CatalogEntry[] = [
  {
    ...{ reference: 'ghcr.io/cirruslabs/ubuntu:latest', title: 'Ubuntu', os: 'linux', arch: 'arm64' },
    ...{ summary: 'A server with SSH.', publisher: 'Cirrus Labs' },
  },
  {
    ...{
      reference: 'ghcr.io/cirruslabs/macos-tahoe-base:latest',
      title: 'macOS 26 Tahoe',
      os: 'darwin',
      arch: 'arm64',
    },
    ...{ summary: 'With Homebrew.', publisher: 'Cirrus Labs', notRunnable: 'macOS guests need a Mac.' },
  },
];

/** A world with nothing in it. */
export function noImages(): FakeImages {
  return { images: [], registries: [], remote: new Map(), guarded: new Set() };
}

/** Registries and a cache that do at once what they are asked; every job that begins is handed to `begin`. */
export function imageHandlers(
  world: FakeImages,
  begin: (job: Job) => Job,
  tell: (images: Image[]) => void,
): ImageHandlers {
  const set = (images: Image[]): Promise<void> => {
    world.images = images;
    tell(images);
    return Promise.resolve();
  };
  const guard = (reference: string): void => {
    const host = reference.split('/')[0] ?? '';
    if (world.guarded.has(host) && !world.registries.some((registry) => registry.host === host))
      throw new AppError('login-required', `${host} wants to know who asks.`);
  };
  const report = () => ({
    candidates: world.images.map(({ id, repository, allocatedBytes, accessedAt, pinned }) => ({
      ...{ id, kind: 'image' as const, name: repository, bytes: allocatedBytes, accessedAt },
      ...(pinned ? { keptBecause: 'pinned' } : {}),
    })),
    freedBytes: 0,
  });
  return {
    'images.list': async () => await Promise.resolve(world.images),
    'images.names': async () =>
      await Promise.resolve(
        world.images.map(({ id, diskBytes, allocatedBytes, accessedAt }) => ({
          ...{ name: id, diskBytes, allocatedBytes, accessedAt },
        })),
      ),
    'images.find': async ({ name }) => {
      if (!world.images.some(({ id }) => id === name))
        throw new AppError('image-not-found', `${name} is not in the cache.`);
      return await Promise.resolve({ id: name });
    },
    'images.catalog': async () => await Promise.resolve(catalog),
    'images.describe': async ({ reference }) => {
      guard(reference);
      const found = world.remote.get(reference);
      if (found === undefined) throw new AppError('image-not-found', `There is no ${reference}.`);
      return await Promise.resolve(found);
    },
    'images.tags': async () => await Promise.resolve({ tags: ['24.04', 'latest'], more: false }),
    'images.pull': async ({ reference }) =>
      await Promise.resolve(begin(job('pull', { kind: 'pull', title: `Pulling ${reference}` }))),
    'images.push': async ({ references: [first = ''] }) => {
      guard(first);
      return await Promise.resolve(begin(job('push', { kind: 'push', title: `Pushing ${first}` })));
    },
    'images.clone': async ({ name }) =>
      await Promise.resolve(begin(job('clone', { kind: 'clone', title: `Making ${name}` }))),
    'images.pin': ({ id, pinned }) => set(world.images.map((each) => (each.id === id ? { ...each, pinned } : each))),
    'images.delete': ({ ids }) => set(world.images.filter(({ id }) => !ids.includes(id))),
    'images.verify': async ({ ids }) =>
      await Promise.resolve(begin(job('verify', { kind: 'verify', title: `Verifying ${ids.length} images` }))),
    'images.check': async () =>
      await Promise.resolve(begin(job('check', { kind: 'verify', title: 'Verifying the cache' }))),
    'images.collectGarbage': async () => await Promise.resolve(),
    'images.prunePreview': async () => await Promise.resolve(report()),
    'images.prune': async () => await Promise.resolve(begin(job('prune', { kind: 'prune', title: 'Pruning images' }))),
    'registries.list': async () => await Promise.resolve(world.registries),
    'registries.logIn': async ({ host, username, password }) => {
      if (password !== 'right') throw new AppError('login-refused', `${host} refused the name or the password.`);
      world.registries = [...world.registries, { host, username, source: 'keychain', canLogOut: true }];
      await Promise.resolve();
    },
    'registries.logOut': async ({ host }) => {
      world.registries = world.registries.filter((registry) => registry.host !== host);
      await Promise.resolve();
    },
  };
}
