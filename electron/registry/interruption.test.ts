import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Home } from '../library/home.ts';
import { OtherProgram } from '../library/testing/other-program.ts';
import { generator } from '../library/testing/random.ts';
import { scanCache } from './cache/scan.ts';
import { parseReference, printReference } from '../contract/reference.ts';
import { unfinishedPulls } from './cache/pull-folder.ts';
import { type ImageBed, expectWhole, pullFrom, startImageBed, vmWithDisk } from './testing/image-bed.ts';
import { verifyCachedImage } from './verify-image.ts';

const program = path.join(import.meta.dirname, 'testing/work-on-images.ts');
const signal = new AbortController().signal;

/** Few enough for every day; `TATIN_KILLS=200` is the long form. */
const kills = Number(process.env.TATIN_KILLS ?? 10);

/** The same moments in each run; how far a program has come by then still differs. */
const random = generator(2026);

let bed: ImageBed;
beforeAll(async () => {
  bed = await startImageBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

/** Every image that a tag leads to, or that is kept without one, must be whole. */
async function expectWholeCache(home: Home): Promise<number> {
  const { images, links } = scanCache(home.cache);
  for (const { folder } of images)
    await expect(verifyCachedImage(folder, { signal })).resolves.toEqual({ state: 'whole', problems: [] });
  for (const { folder } of links) expect(images.map((image) => image.folder)).toContain(folder);
  return images.length;
}

/** Lets a program work on a line, and kills it at some moment or finds it done. */
async function killAtSomeMoment(line: string, maxMs: number): Promise<void> {
  await using other = OtherProgram.node(program);
  expect(await other.line()).toBe('ready');
  other.say(line);
  const done = other.line().catch(() => 'killed');
  // Not a wait for something: the moment of the kill is what is tried, from at once to well after the end.
  await Promise.race([done, delay(random() * maxMs)]);
  other.kill();
  await other.ended();
}

describe('a program that is killed', () => {
  it('while it pulls leaves a cache that is whole, and a pull that goes on', async () => {
    let home = bed.newHome();
    let interrupted = 0;
    for (let round = 0; round < kills || interrupted === 0; round++) {
      await killAtSomeMoment(`pull ${home.path} ${printReference(bed.reference)}`, 700);
      if (unfinishedPulls(home).length > 0) interrupted++;
      if ((await expectWholeCache(home)) === 0) continue;
      // It was done, or nearly: what is missing is at most the link, which the next pull makes.
      const image = await pullFrom(bed, home);
      expect(readFileSync(path.join(image.folder, 'disk.img')).equals(bed.disk)).toBe(true);
      rmSync(home.path, { recursive: true });
      home = bed.newHome();
    }
    expectWhole(bed, home, await pullFrom(bed, home));
  });

  it('while it pushes leaves the machine as it was, and a registry that has a whole image or none', async () => {
    const home = bed.newHome();
    const disk = Buffer.concat([randomBytes(20_000_000), Buffer.alloc(20_000_000), randomBytes(1_000_000)]);
    const vmFolder = vmWithDisk(home, 'vm', disk);
    for (let round = 0; round < Math.ceil(kills / 3); round++) {
      const to = `${bed.registry.host}/killed/vm:round${round}`;
      await killAtSomeMoment(`push ${home.path} vm ${to}`, 1500);
      expect(readFileSync(path.join(vmFolder, 'disk.img')).equals(disk)).toBe(true);
      const tags = await bed
        .client()
        .tags('killed/vm', { limit: 1000 }, signal)
        .catch(() => ({ tags: [] }));
      const reference = parseReference(to);
      if (!(tags.tags as string[]).includes(reference.tag ?? '')) continue;
      const pulled = await pullFrom(bed, bed.newHome(), { reference });
      execFileSync('cmp', [path.join(pulled.folder, 'disk.img'), path.join(vmFolder, 'disk.img')]);
    }
    await using other = OtherProgram.node(program);
    expect(await other.line()).toBe('ready');
    other.say(`push ${home.path} vm ${bed.registry.host}/killed/vm:last`);
    expect(await other.line()).toBe('pushed');
    const reference = parseReference(`${bed.registry.host}/killed/vm:last`);
    const pulled = await pullFrom(bed, bed.newHome(), { reference });
    execFileSync('cmp', [path.join(pulled.folder, 'disk.img'), path.join(vmFolder, 'disk.img')]);
  });
});
