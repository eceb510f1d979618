import { z } from 'zod';
import { archSchema, newNameSchema, osSchema, pruneLimitSchema, timeSchema, vmIdSchema } from './machine.ts';
import { longProcedure, type ProcedureTable } from './procedure.ts';

/** `host[:port]/namespace[:tag|@sha256:...]` as a person types it; the registry room parses it, with a reason. */
const referenceSchema = z.string().min(1).max(1024);

/** An image that a home keeps in its cache: one folder of a digest, whatever tags lead to it. */
export const imageSchema = z.object({
  /** `host/namespace@sha256:...`, which no other image of the home has. */
  id: z.string(),
  /** `host/namespace` */
  repository: z.string(),
  /** `sha256:` and lower-case hexadecimal. */
  digest: z.string(),
  /** Tags that lead to it, in order of name; none if it was pulled by its digest, or its tag moved on. */
  tags: z.array(z.string()),
  os: osSchema.optional(),
  arch: archSchema.optional(),
  /** Length of its disk, in bytes. */
  diskBytes: z.number().int(),
  /** What it takes on the host, in bytes: what deleting it frees. */
  allocatedBytes: z.number().int(),
  /** Compressed size in the registry, where its manifest says so. */
  downloadBytes: z.number().int().optional(),
  /** When it was last pulled, cloned or started from. */
  accessedAt: timeSchema,
  /** Kept by every kind of pruning. */
  pinned: z.boolean(),
  /** Machines that were made from it and are still in the library. */
  usedBy: z.array(vmIdSchema),
  /** Why it can't be used, e.g. that a file is missing. */
  error: z.string().optional(),
});
export type Image = z.infer<typeof imageSchema>;

/** A name under which the cache has an image: a tag, or its id. Tart's list tells of each. */
const imageNameSchema = z.object({
  /** `host/namespace:tag` or `host/namespace@sha256:...` */
  name: z.string(),
  /** Length of its disk, in bytes. */
  diskBytes: z.number().int(),
  /** What its files take on the host, in bytes (config, disk, NVRAM). */
  allocatedBytes: z.number().int(),
  accessedAt: timeSchema,
});

/** One image of the list of well-known ones in `assets/`. */
export const catalogEntrySchema = z.object({
  reference: z.string(),
  /** "macOS 26 Tahoe, with Xcode" */
  title: z.string(),
  os: osSchema,
  arch: archSchema,
  /** What it holds, in one sentence. */
  summary: z.string(),
  /** Who publishes it. */
  publisher: z.string(),
  /** Why this host can't run it, if so. */
  notRunnable: z.string().optional(),
});
export type CatalogEntry = z.infer<typeof catalogEntrySchema>;

const pruneCandidateSchema = z.object({
  /** An image's id, the path of an IPSW, or a VM's id. */
  id: z.string(),
  kind: z.enum(['image', 'ipsw', 'vm', 'unfinished']),
  name: z.string(),
  bytes: z.number().int(),
  accessedAt: timeSchema,
  /** Why it stays, if it does: pinned, newer, within the budget. */
  keptBecause: z.string().optional(),
});
export type PruneCandidate = z.infer<typeof pruneCandidateSchema>;

/** What a registry says of an image, and what a pull of it would do here. Sizes in bytes. */
const imageDescriptionSchema = z.object({
  /** The whole reference, with its tag or digest. */
  reference: z.string(),
  digest: z.string(),
  os: osSchema.optional(),
  arch: archSchema.optional(),
  diskBytes: z.number().int(),
  /** Sum of its layers in the registry. */
  downloadBytes: z.number().int(),
  /** Of `downloadBytes`, what need not be fetched: in the cache, in a machine, or kept of a pull that was cut off. */
  hereBytes: z.number().int(),
  layerCount: z.number().int(),
  uploadedAt: timeSchema.optional(),
  /** `cached`: nothing to fetch. `moved`: this tag led to another image when it was pulled last. */
  state: z.enum(['new', 'partial', 'moved', 'cached']),
  /** What a pull may come to write: all of the disk, if it has no holes. 0 if it is here. */
  neededBytes: z.number().int(),
  freeBytes: z.number().int(),
  /** What would have to be freed first, to be sure; 0 if there is room. */
  shortBytes: z.number().int(),
  /**
   * What the pull would delete for that before it begins, not used for longest first. Empty where there is room, where all
   * that may go would not be enough, and where automatic pruning is switched off.
   */
  prunedFirst: z.array(pruneCandidateSchema),
  isPruningOff: z.boolean(),
  labels: z.record(z.string(), z.string()),
});
export type ImageDescription = z.infer<typeof imageDescriptionSchema>;

/** Which things pruning takes, as `tart prune` reads them. At least one criterion. */
const pruneSchema = z.object({
  entries: z.enum(['caches', 'vms']).default('caches'),
  /** Not used for at least so many days. */
  olderThanDays: z.number().int().min(0).max(36_500).optional(),
  /** What may stay, newest first, in bytes. */
  spaceBudgetBytes: z.number().int().min(0).optional(),
  /** Only these, by id: what a person chose from the preview. */
  only: z.array(z.string()).max(10_000).optional(),
});

const pruneReportSchema = z.object({
  candidates: z.array(pruneCandidateSchema),
  /** What goes, and what the volume gains by it; at most the sum, since clones share blocks. */
  freedBytes: z.number().int(),
});
export type PruneReport = z.infer<typeof pruneReportSchema>;

/** A registry that Tatin could log in to, and where what it says comes from. Never with a password. */
const registrySchema = z.object({
  host: z.string(),
  username: z.string().optional(),
  source: z.enum(['environment', 'docker-config', 'docker-helper', 'keychain']),
  /** Only what Tatin keeps itself can be forgotten by it. */
  canLogOut: z.boolean(),
});
export type Registry = z.infer<typeof registrySchema>;

/** What to push: a VM, or an image of the cache, which is only given further tags. */
const pushSchema = z.object({
  source: z.discriminatedUnion('from', [
    z.object({ from: z.literal('vm'), id: vmIdSchema }),
    z.object({ from: z.literal('image'), reference: referenceSchema }),
  ]),
  references: z.array(referenceSchema).min(1).max(100),
  labels: z.record(z.string().min(1).max(1024), z.string().max(65_536)).default({}),
  /** Pieces of an upload, in bytes; 0 sends each layer in one request. */
  chunkBytes: z.number().int().min(0).default(0),
  populateCache: z.boolean().default(false),
  insecure: z.boolean().default(false),
  /** As the settings say, if absent. */
  concurrency: z.number().int().min(1).max(64).optional(),
});

const pullSchema = z.object({
  reference: referenceSchema,
  insecure: z.boolean().default(false),
  /** Layers in flight at once; as the settings say, if absent. */
  concurrency: z.number().int().min(1).max(64).optional(),
  /** Makes a machine of this name from it afterwards, and starts it if asked to. */
  machine: z
    .object({ name: newNameSchema, start: z.boolean().default(false), pruneLimitBytes: pruneLimitSchema })
    .optional(),
});

/** What an image of the cache turned out to be. */
const checkedImageSchema = z.object({
  id: z.string(),
  tags: z.array(z.string()),
  /** `unproven`: nothing was kept to compare with. */
  state: z.enum(['whole', 'damaged', 'unproven']),
  /** What is wrong, a line each. */
  problems: z.array(z.string()),
});
export type CheckedImage = z.infer<typeof checkedImageSchema>;

/** What has come of a pull. `cached`: it was there under this name. `linked`: it was there under another. */
const pulledSchema = z.object({
  /** The image's id in the cache. */
  id: z.string(),
  outcome: z.enum(['pulled', 'cached', 'linked']),
});
export type Pulled = z.infer<typeof pulledSchema>;

/** What has gone, and the bytes that it took on disk. */
const prunedSchema = z.object({ names: z.array(z.string()), freedBytes: z.number() });
export type Pruned = z.infer<typeof prunedSchema>;

/** What can be asked of images: those of the cache, and those of registries. */
export const imageProcedures = {
  /** Images of registries in the cache of the home, newest use first. */
  'images.list': { input: z.object({}), output: z.array(imageSchema) },
  /** The names of all usable images in the cache, in order: quick, without a look into their files or at their users. */
  'images.names': { input: z.object({}), output: z.array(imageNameSchema) },
  /**
   * The id of the image that a whole name leads to; null where it is a tag that leads to nothing.
   * Throws `image-not-found` where the cache has no such name.
   */
  'images.find': {
    input: z.object({ name: z.string().max(1024) }),
    output: z.object({ id: z.string().nullable() }),
  },
  /** Well-known images, for a person who has no reference at hand. */
  'images.catalog': { input: z.object({}), output: z.array(catalogEntrySchema) },
  /** Asks the registry. Throws `login-required` where it wants to know who asks. */
  'images.describe': {
    input: z.object({ reference: referenceSchema, insecure: z.boolean().default(false) }),
    output: imageDescriptionSchema,
  },
  /** Tags of a repository, newest first where the registry says so, else by name. */
  'images.tags': {
    input: z.object({ repository: referenceSchema, insecure: z.boolean().default(false) }),
    output: z.object({ tags: z.array(z.string()), more: z.boolean() }),
  },
  'images.pull': longProcedure(pullSchema, pulledSchema),
  /** A machine from an image that is here already. */
  'images.clone': longProcedure(
    z.object({
      /** Its id, or a whole name with a tag. */
      id: z.string().max(1024),
      name: newNameSchema,
      start: z.boolean().default(false),
      pruneLimitBytes: pruneLimitSchema,
    }),
    z.void(),
  ),
  /** The digest that all names lead to. */
  'images.push': longProcedure(pushSchema, z.object({ digest: z.string() })),
  'images.pin': { input: z.object({ id: z.string().max(1024), pinned: z.boolean() }), output: z.void() },
  /**
   * An image goes with all its tags. In place of an id, a whole name with a tag: that tag goes, and the image with the last
   * of them. What can't be deleted does not keep the others.
   */
  'images.delete': { input: z.object({ ids: z.array(z.string().max(1024)).min(1).max(10_000) }), output: z.void() },
  /** Compares images with their manifests, byte for byte, as a job that fails if one is not what it should be. */
  'images.verify': longProcedure(z.object({ ids: z.array(z.string().max(1024)).min(1).max(10_000) }), z.void()),
  /** Deletes what nothing leads to: images without a tag or pin, and tags without an image. */
  'images.collectGarbage': { input: z.object({}), output: z.void() },
  /** As `images.verify`, of the whole cache, with a verdict for each image instead of a failure. */
  'images.check': longProcedure(z.object({}), z.object({ images: z.array(checkedImageSchema) })),
  /** What a prune would take and leave, without touching anything. */
  'images.prunePreview': { input: pruneSchema, output: pruneReportSchema },
  'images.prune': longProcedure(pruneSchema, prunedSchema),
} as const satisfies ProcedureTable;

/** What can be asked about the logins of registries. */
export const registryProcedures = {
  'registries.list': { input: z.object({}), output: z.array(registrySchema) },
  /** Tries the name and password at the registry, then keeps them in the Keychain. */
  'registries.logIn': {
    input: z.object({
      host: z.string().min(1).max(255),
      username: z.string().min(1).max(8192),
      password: z.string().max(8192),
      insecure: z.boolean().default(false),
      validate: z.boolean().default(true),
    }),
    output: z.void(),
  },
  'registries.logOut': { input: z.object({ host: z.string().min(1).max(255) }), output: z.void() },
} as const satisfies ProcedureTable;
