import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home } from '../../library/home.ts';
import { Library } from '../../library/library.ts';
import { onVolume } from '../../library/testing/volume.ts';
import { cloneImage } from '../cache/clone-image.ts';
import { diskState, isSealed } from '../cache/seal.ts';
import type { Reference } from '../../contract/reference.ts';
import { type Rule, type SeenRequest, startFaultProxy } from '../client/testing/fault-proxy.ts';
import { noteKnownLayers } from '../known-layers.ts';
import { digestOf, parseManifest } from '../manifest/manifest.ts';
import { pushImage } from '../push/push.ts';
import { type HandMadeImage, handMadeImage, packed, publish } from '../testing/hand-made-image.ts';
import { type ImageBed, cachedPaths, fastRetries, pullFrom, startImageBed } from '../testing/image-bed.ts';
import { unfinishedPulls } from '../cache/pull-folder.ts';

const signal = new AbortController().signal;
const common = { signal, progress: () => undefined };
/** What an honest image begins with, and what another one says that it begins with. */
const honestPart = randomBytes(3_000_000);
const sharedPart = randomBytes(2_000_000);
const evilPart = Buffer.alloc(honestPart.length, 'EVIL-CODE!');

const honest = handMadeImage([{ plain: honestPart }, { plain: sharedPart }]);
const evil = handMadeImage([{ plain: evilPart, said: { plainDigest: digestOf(honestPart) } }, { plain: sharedPart }]);

let bed: ImageBed;
let honestName: Reference;
let evilName: Reference;
beforeAll(async () => {
  bed = await startImageBed();
  const { host } = bed.registry;
  honestName = { host, namespace: 'honest/image', tag: 'latest' };
  evilName = { host, namespace: 'evil/image', tag: 'latest' };
  await publish(bed.client(), honestName, honest);
  await publish(bed.client(), evilName, evil);
});
afterAll(() => bed[Symbol.asyncDispose]());

function diskOf(folder: string): Buffer {
  return readFileSync(path.join(folder, 'disk.img'));
}

/** The image as a Tatin left it that believed manifests: in its place, with a note that it was verified. */
async function pulledByOlder(home: Home, name: Reference, image: HandMadeImage, disk: Buffer): Promise<string> {
  // Whatever a pull makes, then what the image's blobs unpack to.
  const { folder } = await pullFrom(bed, home, { reference: bed.reference });
  const repository = path.join(home.cache, 'OCIs', name.host.replace(':', '%3A'), name.namespace);
  const place = path.join(repository, parseManifest(image.manifest).digest);
  mkdirSync(repository, { recursive: true });
  renameSync(folder, place);
  const { vmConfig, nvram } = parseManifest(image.manifest);
  writeFileSync(path.join(place, 'config.json'), image.blobs.get(vmConfig.digest) ?? '');
  writeFileSync(path.join(place, 'nvram.bin'), image.blobs.get(nvram.digest) ?? '');
  writeFileSync(path.join(place, 'manifest.json'), image.manifest);
  writeFileSync(path.join(place, 'disk.img'), disk);
  for (const seal of readdirSync(path.join(home.cache, 'Tatin/verified')))
    rmSync(path.join(home.cache, 'Tatin/verified', seal));
  const note = { image: path.relative(home.cache, place), disk: diskState(place) };
  const name32 = digestOf(Buffer.from(note.image)).slice('sha256:'.length, 'sha256:'.length + 32);
  writeFileSync(path.join(home.cache, 'Tatin/verified', name32), JSON.stringify(note));
  return place;
}

describe.each(['xfs', 'btrfs', 'ext4'] as const)('an image that lies about its layers, on %s', (kind) => {
  it('is refused, and a later honest one is right', async (context) => {
    await onVolume(context, kind, 512 * 1024 ** 2, async (volume) => {
      const home = new Home(path.join(volume, 'home'));
      await expect(pullFrom(bed, home, { reference: evilName })).rejects.toMatchObject({
        code: 'image-damaged',
        message: expect.stringMatching(/layer 1 of 2 .* should unpack to sha256:\w+, and unpacks to sha256:/) as string,
      });
      expect(cachedPaths(home)).toEqual([]);
      expect(unfinishedPulls(home)).toEqual([]);
      const { folder } = await pullFrom(bed, home, { reference: honestName });
      expect(diskOf(folder).equals(honest.disk)).toBe(true);
    });
  });

  it('is not believed if an older Tatin took it', async (context) => {
    await onVolume(context, kind, 512 * 1024 ** 2, async (volume) => {
      const home = new Home(path.join(volume, 'home'));
      const place = await pulledByOlder(home, evilName, evil, Buffer.concat([evilPart, sharedPart]));
      expect(isSealed(home, place)).toBe(false);
      const states: string[] = [];
      const onLayers = (now: { states: string }): void => void states.push(now.states);
      const { folder } = await pullFrom(bed, home, { reference: honestName, onLayers });
      expect(diskOf(folder).equals(honest.disk)).toBe(true);
      // What is true of it is taken all the same.
      expect(states.at(-1)).toBe('vc');
      expect(isSealed(home, folder)).toBe(true);
    });
  });
});

describe('an image that an older Tatin pulled', () => {
  it('is read once more, and fetched anew if it is not what it should be', async () => {
    const home = bed.newHome();
    const place = await pulledByOlder(home, honestName, honest, Buffer.concat([evilPart, sharedPart]));
    const library = await Library.open(home.path);
    await expect(cloneImage(library, idOf(honestName, honest), 'vm', common)).rejects.toMatchObject({
      code: 'image-damaged',
    });
    await expect(pullFrom(bed, home, { reference: honestName })).resolves.toMatchObject({ outcome: 'pulled' });
    expect(diskOf(place).equals(honest.disk)).toBe(true);
    expect(isSealed(home, place)).toBe(true);
    const vm = await cloneImage(library, idOf(honestName, honest), 'vm', common);
    expect(diskOf(vm.folder).equals(honest.disk)).toBe(true);
  });

  it('is sealed again if it is', async () => {
    const home = bed.newHome();
    const place = await pulledByOlder(home, honestName, honest, honest.disk);
    await expect(pullFrom(bed, home, { reference: honestName })).resolves.toMatchObject({ outcome: 'linked' });
    expect(isSealed(home, place)).toBe(true);
  });
});

describe('a pull that goes on with what was fetched before', () => {
  const large = randomBytes(12_000_000);
  const lying = handMadeImage([{ plain: large, said: { plainDigest: digestOf(honestPart) } }]);
  const blob = parseManifest(lying.manifest).disk[0]?.digest ?? '';
  const isOfLayer = ({ method, path: at, headers }: SeenRequest): boolean =>
    method === 'GET' && at.includes(blob) && headers.range !== 'bytes=0-0';

  it('does not take its word for a layer of which a part is there', async () => {
    await using proxy = await startFaultProxy(bed.registry.url);
    const reference = { host: proxy.host, namespace: 'evil/large', tag: 'latest' };
    await publish(bed.client(), reference, lying);
    const home = bed.newHome();
    const cut: Rule = { when: isOfLayer, fault: { kind: 'cut', afterBytes: 9_000_000 }, times: 1 };
    proxy.plan([cut]);
    const pull = () =>
      pullFrom(bed, home, { reference, client: bed.client(proxy.host), endurance: { ...fastRetries, attempts: 1 } });
    await expect(pull()).rejects.toMatchObject({ code: 'registry-unreachable' });
    expect(unfinishedPulls(home)).toHaveLength(1);
    await expect(pull()).rejects.toMatchObject({ code: 'image-damaged' });
    expect(proxy.requests.filter(isOfLayer)[1]?.headers.range).toMatch(/^bytes=[1-9]/);
    expect(cachedPaths(home)).toEqual([]);
  });

  it("does not take an older journal's word that a layer is done", async () => {
    const home = bed.newHome();
    const { digest, diskBytes } = parseManifest(evil.manifest);
    const folder = path.join(home.cache, 'Tatin/pulls', digest.replace('sha256:', ''));
    mkdirSync(path.join(folder, 'image'), { recursive: true });
    const disk = Buffer.concat([evilPart, sharedPart]);
    expect(disk).toHaveLength(diskBytes);
    writeFileSync(path.join(folder, 'image/disk.img'), disk);
    writeFileSync(path.join(folder, 'journal'), '{"layer":0,"done":true}\n{"layer":1,"done":true}\n');
    await expect(pullFrom(bed, home, { reference: evilName })).rejects.toMatchObject({ code: 'image-damaged' });
    expect(cachedPaths(home)).toEqual([]);
  });
});

describe('a push of a machine', () => {
  it("never names a stranger's blob for its own bytes, whatever an image said of it", async () => {
    const home = bed.newHome();
    await pullFrom(bed, home, { reference: honestName });
    // Its first blob is another one, which nobody fetches since what it is said to unpack to is here.
    const evilBlob = { plain: honestPart, blob: packed(evilPart) };
    const trap = handMadeImage([evilBlob, { plain: sharedPart }]);
    const trapName = { ...evilName, namespace: 'evil/trap' };
    await publish(bed.client(), trapName, trap);
    const { folder } = await pullFrom(bed, home, { reference: trapName });
    expect(diskOf(folder).equals(honest.disk)).toBe(true);
    const library = await Library.open(home.path);
    const vm = await cloneImage(library, idOf(trapName, trap), 'vm', common);
    // Layers of a push are longer, so that this one's would not come up again; those of a foreign note might.
    const layer = parseManifest(handMadeImage([{ plain: honest.disk, blob: packed(evilPart) }]).manifest).disk;
    await noteKnownLayers(vm.folder, `${bed.registry.host}/evil/trap`, layer);
    const to = { ...honestName, namespace: 'mine/vm' };
    await pushImage({ ...common, vmFolder: vm.folder, home, references: [to], clientOf: (host) => bed.client(host) });
    const pulled = await pullFrom(bed, bed.newHome(), { reference: to });
    expect(diskOf(pulled.folder).equals(honest.disk)).toBe(true);
  });
});

function idOf({ host, namespace }: Reference, { manifest }: HandMadeImage): string {
  return `${host}/${namespace}@${digestOf(manifest)}`;
}
