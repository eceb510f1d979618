import { cachedImages } from '../../registry/cached-images.ts';
import type { Area } from '../operation.ts';

/** Operations on images: those of the cache, and those of registries. Listing names loads nothing else. */
export const images: Area<'images'> = {
  needs: 'library',
  procedures: async () => (await import('../../contract/images.ts')).imageProcedures,
  rows: {
    'images.list': async (services) => await (await services.load()).images.list(),
    'images.names': ({ library }) =>
      cachedImages(library.home.cache).map(({ accessedAt, ...image }) => ({
        ...image,
        accessedAt: accessedAt.toISOString(),
      })),
    'images.find': async ({ library }, { name }) => {
      const [{ hasName, imageNotFound }, { findImage }] = await Promise.all([
        import('../../registry/cache/remove.ts'),
        import('../../registry/cache/clone-image.ts'),
      ]);
      if (!hasName(library.home, name)) throw imageNotFound(name);
      return { id: findImage(library.home, name)?.id ?? null };
    },
    'images.catalog': async (services) => {
      const { imageCatalog } = await import('../../registry/catalog.ts');
      return imageCatalog(await (await services.load()).driver.guests());
    },
    'images.describe': async ({ library }, input, signal) =>
      await (await import('./image-facts.ts')).describe(library, input, signal),
    'images.tags': async (_services, input, signal) => await (await import('./image-facts.ts')).tagsOf(input, signal),
    'images.pull': { load: () => import('./pull.ts') },
    'images.push': { load: () => import('./push.ts') },
    'images.clone': { load: () => import('./clone-image.ts') },
    'images.pin': async (services, { id, pinned }) => await (await services.load()).images.pin(id, pinned),
    'images.delete': async (services, { ids }) => await (await services.load()).images.delete(ids),
    'images.verify': { load: () => import('./verify.ts') },
    'images.check': { load: () => import('./check.ts') },
    'images.collectGarbage': async ({ library }) => {
      const { collectGarbage } = await import('../../registry/cache/collect-garbage.ts');
      await collectGarbage(library.home);
    },
    'images.prunePreview': async ({ library }, input) =>
      await (await import('./prune.ts')).previewPrune(library, input),
    'images.prune': { load: () => import('./prune.ts') },
  },
};
