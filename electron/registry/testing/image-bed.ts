import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { Home } from '../../library/home.ts';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { type Reference, parseReference } from '../../contract/reference.ts';
import { type RegistryClient, openRegistry } from '../client/registry-client.ts';
import { type TestRegistry, startRegistry } from '../client/testing/registry.ts';
import type { RetryLimits } from '../pull/fetch-layer.ts';
import { type PullRequest, type PulledImage, pullImage } from '../pull/pull.ts';

/** So that what should fail fails soon, and nothing that should work is given up. */
export const fastRetries: RetryLimits = { attempts: 7, pauseMs: 2, maxPauseMs: 10, stallMs: 1500, lockMs: 100 };

/** A registry with an image that another program made, and room for homes. */
export interface ImageBed extends AsyncDisposable {
  readonly registry: TestRegistry;
  readonly folder: string;
  /** `host/by/hand:latest` */
  readonly reference: Reference;
  /** What a pull of it must make. */
  readonly disk: Buffer;
  /** A home that nobody used yet. */
  newHome(): Home;
  /** A client of the registry, or of a proxy before it. */
  client(host?: string): RegistryClient;
}

export async function startImageBed(): Promise<ImageBed> {
  await using made = new AsyncDisposableStack();
  const registry = made.use(await startRegistry());
  const folder = made.use(temporaryFolder()).path;
  const image = path.join(folder, 'image');
  execFileSync('python3', [path.join(import.meta.dirname, 'make-image.py'), image]);
  execFileSync('skopeo', [
    'copy',
    '--quiet',
    '--dest-tls-verify=false',
    `dir:${image}`,
    `docker://${registry.host}/by/hand:latest`,
  ]);
  const clients = made.use(new AsyncDisposableStack());
  const kept = made.move();
  let homes = 0;
  return {
    registry,
    folder,
    reference: parseReference(`${registry.host}/by/hand`),
    disk: readFileSync(`${image}.disk`),
    newHome: () => new Home(path.join(folder, `home${homes++}`)),
    client: (host = registry.host) =>
      clients.use(
        openRegistry({ host, insecure: true, stallMs: 3000, retries: { attempts: 5, pauseMs: 2, maxPauseMs: 10 } }),
      ),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Pulls the bed's image as a hasty person would. */
export function pullFrom(bed: ImageBed, home: Home, more: Partial<PullRequest> = {}): Promise<PulledImage> {
  return pullImage({
    reference: bed.reference,
    client: bed.client(),
    home,
    signal: new AbortController().signal,
    progress: () => undefined,
    endurance: fastRetries,
    concurrency: 2,
    ...more,
  });
}

/** Makes sure that a pull brought the bed's image to the last byte, and left nothing else. */
export function expectWhole(bed: ImageBed, home: Home, { folder }: PulledImage): void {
  expect(readFileSync(path.join(folder, 'disk.img')).equals(bed.disk)).toBe(true);
  expect(readdirSync(folder).sort()).toEqual(['config.json', 'disk.img', 'manifest.json', 'nvram.bin']);
  expect(readdirSync(path.join(home.cache, 'Tatin/pulls'))).toEqual([]);
  // The zeros between the texts are holes.
  expect(statSync(path.join(folder, 'disk.img')).blocks * 512).toBeLessThan(bed.disk.length - 300_000);
}

/** Everything under `cache/OCIs`, by path. */
export function cachedPaths(home: Home): string[] {
  try {
    return readdirSync(path.join(home.cache, 'OCIs'), { recursive: true, encoding: 'utf8' }).sort();
  } catch (error) {
    return [];
  }
}

/** A VM of the home that was never pushed, with this disk. */
export function vmWithDisk(home: Home, name: string, disk: Uint8Array): string {
  const folder = home.vmFolder(name);
  mkdirSync(folder, { recursive: true });
  const config = {
    version: 1,
    os: 'linux',
    arch: 'arm64',
    cpuCountMin: 1,
    cpuCount: 2,
    memorySizeMin: 536_870_912,
    memorySize: 1_073_741_824,
    macAddress: '7a:65:e4:3f:a1:02',
    display: { width: 1024, height: 768 },
  };
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(path.join(folder, 'nvram.bin'), 'variables');
  writeFileSync(path.join(folder, 'disk.img'), disk);
  return folder;
}
