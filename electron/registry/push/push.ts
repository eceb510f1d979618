import { closeSync, fstatSync, openSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { Layers } from '../../contract/job.ts';
import { readBoundedSync } from '../../files/bounded-file.ts';
import { parseConfig, type VmConfig } from '../../library/config.ts';
import { withUserErrors } from '../../library/file-errors.ts';
import type { Home } from '../../library/home.ts';
import { tartFiles } from '../../library/layout.ts';
import { requireNoLinksOut } from '../../library/links-out.ts';
import { RunLock } from '../../files/locks.ts';
import type { Work } from '../../jobs/work.ts';
import { Limit, together } from '../disk/limit.ts';
import { TransferWorkers } from '../disk/transfer-workers.ts';
import { noteKnownLayers } from '../known-layers.ts';
import { noteProvenBlobs } from '../proven-blobs.ts';
import { type Blob, digestOf, largestBlobBytes } from '../manifest/manifest.ts';
import { printImageConfig, printManifest } from '../manifest/print-manifest.ts';
import { LayerBoard } from '../pull/layer-board.ts';
import type { Reference } from '../../contract/reference.ts';
import { waitText } from '../../host/retry.ts';
import { KnownBlobs } from './known-blobs.ts';
import { populateCache } from './populate-cache.ts';
import { type PushedLayer, pushLayer } from './push-layer.ts';
import type { PushTarget } from '../client/push-target.ts';

export interface PushRequest {
  /** Of a VM of the home that does not run. */
  readonly vmFolder: string;
  readonly home: Home;
  /** Where to; tags only. They may be of several repositories and registries. */
  readonly references: readonly Reference[];
  /** The client of a registry, by its host. */
  readonly clientOf: (host: string) => PushTarget;
  /** For the image config, beside Tart's own. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Pieces of an upload, in bytes; 0 sends each layer in one request. */
  readonly chunkBytes?: number | undefined;
  readonly populateCache?: boolean | undefined;
  readonly concurrency?: number | undefined;
  readonly signal: AbortSignal;
  readonly progress: Work['progress'];
  readonly onLayers?: ((layers: Layers) => void) | undefined;
}

export interface PushedImage {
  /** Of the manifest, which all references lead to. */
  readonly digest: string;
  readonly manifest: Uint8Array;
  /** Disk layers that some registry did not have yet. */
  readonly sentLayers: number;
  readonly layers: number;
}

/** As Tart cuts a disk; another size would make layers that no other image shares. */
export const layerBytes = 512 * 1024 ** 2;

const maxConnections = 16;

/**
 * Pushes a VM under one or more references, as an image that Tart pulls. Nobody can run or change it meanwhile. The
 * manifest goes last, so a push that ends early leaves no image; a second one sends only what is missing.
 * @throws AppError `vm-running`, `vm-unreadable`, `invalid-input`, `paths-not-confirmed`, and those of the registry
 */
export async function pushImage(request: PushRequest): Promise<PushedImage> {
  const { vmFolder, references, home } = request;
  const name = JSON.stringify(path.basename(vmFolder));
  if (references.length === 0) throw new AppError('invalid-input', 'A push needs a target.');
  for (const reference of references)
    if (reference.digest !== undefined)
      throw new AppError('invalid-input', 'A push needs a tag, not a digest: the digest follows from the content.');
  return await withUserErrors(home, `Pushing ${name}`, async () => {
    using lock = lockVm(vmFolder, name);
    return await pushLocked(request, lock.readText());
  });
}

function lockVm(vmFolder: string, name: string): RunLock {
  const lock = RunLock.tryAcquire(path.join(vmFolder, tartFiles.config), 'work');
  if (lock !== undefined) return lock;
  throw new AppError('vm-running', `${name} is running.`, { hint: 'Shut it down before pushing it.' });
}

/** What goes to each repository beside the disk. */
interface SmallFiles {
  readonly config: VmConfig;
  readonly vmConfig: Buffer;
  readonly nvram: Buffer;
  readonly imageConfig: Buffer;
}

async function pushLocked(request: PushRequest, configText: string): Promise<PushedImage> {
  const { vmFolder, home, labels = {} } = request;
  const config = parseConfig(configText);
  requireNoLinksOut(vmFolder, config.macAddress, 'pushed');
  const files: SmallFiles = {
    config,
    vmConfig: Buffer.from(configText),
    nvram: readBoundedSync(path.join(vmFolder, tartFiles.nvram), largestBlobBytes.nvram),
    imageConfig: printImageConfig({ os: config.os, arch: config.arch, diskFormat: config.diskFormat, labels }),
  };
  const known = KnownBlobs.find(home, vmFolder);
  const uploadedAt = new Date();
  let pushed: { layers: PushedLayer[]; manifest: Buffer } | undefined;
  let sentLayers = 0;
  for (const repository of byRepository(request.references)) {
    const step = (ms: number): string => `The registry asks to wait ${waitText(ms)}`;
    using _waits = request.clientOf(repository.host).onWait?.((ms) => request.progress({ step: step(ms) }));
    const { layers, sent } = await pushDisk(request, repository, known);
    sentLayers += sent;
    const manifest = await pushFiles(request, repository, files, layers, uploadedAt);
    for (const layer of layers) known.add(layer, `${repository.host}/${repository.namespace}`);
    pushed ??= { layers, manifest };
    noteProvenBlobs(home, layers);
    await noteKnownLayers(vmFolder, `${repository.host}/${repository.namespace}`, layers);
  }
  // There is at least one reference.
  if (pushed === undefined) throw new AppError('invalid-input', 'A push needs a target.');
  if (request.populateCache === true) await populateCache(request, pushed.manifest, files);
  return { digest: digestOf(pushed.manifest), manifest: pushed.manifest, sentLayers, layers: pushed.layers.length };
}

/** References of one repository, which share their layers. */
export interface RepositoryTags {
  readonly host: string;
  readonly namespace: string;
  readonly tags: readonly string[];
}

/** In the order in which they were named. */
export function byRepository(references: readonly Reference[]): RepositoryTags[] {
  const groups = new Map<string, { host: string; namespace: string; tags: string[] }>();
  for (const { host, namespace, tag = 'latest' } of references) {
    const group = groups.get(`${host}/${namespace}`) ?? { host, namespace, tags: [] };
    if (!group.tags.includes(tag)) group.tags.push(tag);
    groups.set(`${host}/${namespace}`, group);
  }
  return [...groups.values()];
}

async function pushDisk(
  request: PushRequest,
  { host, namespace }: RepositoryTags,
  known: KnownBlobs,
): Promise<{ layers: PushedLayer[]; sent: number }> {
  const { vmFolder, clientOf, chunkBytes = 0, signal } = request;
  const concurrency = Math.min(Math.max(request.concurrency ?? 4, 1), maxConnections);
  const fd = openSync(path.join(vmFolder, tartFiles.disk), 'r');
  try {
    // Packing keeps a processor busy, so more threads than there are would only take memory.
    await using workers = new TransferWorkers(Math.min(concurrency, Math.max(2, availableParallelism())));
    const ranges = rangesOf(fstatSync(fd).size).map((range) => ({ fd, ...range }));
    using board = boardOf(request, ranges);
    const limit = new Limit(concurrency);
    const layers = new Map<number, PushedLayer>();
    let sent = 0;
    const work = (index: number, stop: AbortSignal): Promise<void> =>
      limit.run(async () => {
        stop.throwIfAborted();
        const range = ranges[index];
        if (range === undefined) return;
        board.set(index, 'f');
        const onPlain = (bytes: number) => board.set(index, 'f', bytes);
        const context = { target: clientOf(host), host, namespace, workers, known, chunkBytes, signal: stop, onPlain };
        const { layer, wasSent } = await pushLayer(range, context);
        layers.set(index, layer);
        if (wasSent) sent++;
        board.set(index, wasSent ? 'v' : 'c');
      });
    await together([...ranges.keys()], work, signal);
    board.tell();
    return { layers: ranges.flatMap((_, index) => layers.get(index) ?? []), sent };
  } finally {
    closeSync(fd);
  }
}

/** The disk cut as Tart cuts it; an empty one is no disk. */
function rangesOf(diskBytes: number): { offset: number; length: number }[] {
  if (diskBytes === 0) throw new AppError('vm-unreadable', 'The disk of the virtual machine is empty.');
  const count = Math.ceil(diskBytes / layerBytes);
  return Array.from({ length: count }, (_, index) => ({
    offset: index * layerBytes,
    length: Math.min(layerBytes, diskBytes - index * layerBytes),
  }));
}

/** Counts plain bytes: how small they become is known only afterwards. */
function boardOf(request: PushRequest, ranges: readonly { offset: number; length: number }[]): LayerBoard {
  const sizes = ranges.map(({ length }) => length);
  return new LayerBoard(sizes, (bytesDone, bytesTotal, layers) => {
    request.progress({ step: 'Sending the disk', bytesDone, bytesTotal, layers });
    request.onLayers?.(layers);
  });
}

async function pushFiles(
  { clientOf, chunkBytes = 0, signal, progress }: PushRequest,
  { host, namespace, tags }: RepositoryTags,
  files: SmallFiles,
  disk: readonly PushedLayer[],
  uploadedAt: Date,
): Promise<Buffer> {
  progress({ step: 'Sending the manifest' });
  const target = clientOf(host);
  const send = async (bytes: Buffer): Promise<Blob> => {
    const blob = { digest: digestOf(bytes), sizeBytes: bytes.length };
    if ((await target.hasBlob(namespace, blob.digest, signal)) === undefined)
      await target.uploadBlob(
        namespace,
        { ...blob, open: (offset) => once(bytes.subarray(offset)) },
        { chunkBytes, signal },
      );
    return blob;
  };
  const vmConfig = await send(files.vmConfig);
  const nvram = await send(files.nvram);
  const imageConfig = await send(files.imageConfig);
  const manifest = printManifest({ imageConfig, vmConfig, disk, nvram, uploadedAt });
  for (const tag of tags) await target.putManifest(namespace, tag, manifest, signal);
  return manifest;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield await Promise.resolve(bytes);
}
