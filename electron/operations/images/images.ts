import { imageProcedures } from '../../contract/images.ts';
import { collectGarbage } from '../../registry/cache/collect-garbage.ts';
import { imageCatalog } from '../../registry/catalog.ts';
import type { Area } from '../operation.ts';
import type { LoadedServices } from '../services.ts';
import { describe, tagsOf } from './image-facts.ts';
import { previewPrune } from './prune.ts';

/** Operations on images: those of the cache, and those of registries. */
export const images: Area<'images', LoadedServices> = {
  needs: 'everything',
  procedures: imageProcedures,
  rows: {
    'images.list': (services) => services.images.list(),
    'images.catalog': async ({ driver }) => imageCatalog(await driver.guests()),
    'images.describe': ({ library }, input, signal) => describe(library, input, signal),
    'images.tags': (_services, input, signal) => tagsOf(input, signal),
    'images.pull': { load: () => import('./pull.ts') },
    'images.push': { load: () => import('./push.ts') },
    'images.clone': { load: () => import('./clone-image.ts') },
    'images.pin': (services, { id, pinned }) => services.images.pin(id, pinned),
    'images.delete': (services, { ids }) => services.images.delete(ids),
    'images.verify': { load: () => import('./verify.ts') },
    'images.collectGarbage': ({ library }) => collectGarbage(library.home),
    'images.check': { load: () => import('./check.ts') },
    'images.prunePreview': ({ library }, input) => previewPrune(library, input),
    'images.prune': { load: () => import('./prune.ts') },
  },
};
