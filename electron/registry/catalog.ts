import { z } from 'zod';
import catalog from '../../assets/image-catalog.json' with { type: 'json' };
import type { Host } from '../contract/host.ts';
import { type CatalogEntry, catalogEntrySchema } from '../contract/images.ts';
import { parseReference, repositoryOf } from '../contract/reference.ts';

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

/** What is in the images of a repository, as a person would say it: "macOS 26 Tahoe"; undefined if it is not well-known. */
export function knownTitle(repository: string): string | undefined {
  return fileSchema.parse(catalog).find(({ reference }) => repositoryOf(parseReference(reference)) === repository)
    ?.title;
}
