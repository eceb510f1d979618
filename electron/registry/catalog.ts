import { z } from 'zod';
import catalog from '../../assets/image-catalog.json' with { type: 'json' };
import type { Host } from '../contract/host.ts';
import { type CatalogEntry, catalogEntrySchema } from '../contract/images.ts';

/** What is in the file: what depends on this host is not. */
const fileSchema = z.array(catalogEntrySchema.omit({ notRunnable: true }).strict());

/**
 * Well-known images, in the order of the file, each with the reason if this host can't run it.
 * @param guests what this host runs
 */
export function imageCatalog(guests: Host['guests']): CatalogEntry[] {
  return fileSchema.parse(catalog).map((entry) => {
    const guest = guests.find(({ os, arch }) => os === entry.os && arch === entry.arch);
    const notRunnable = guest === undefined ? 'No hypervisor here runs such a guest.' : guest.notAvailable;
    return notRunnable === undefined ? entry : { ...entry, notRunnable };
  });
}
