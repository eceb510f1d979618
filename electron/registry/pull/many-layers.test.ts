import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OtherProgram } from '../../library/testing/other-program.ts';
import { printReference } from '../../contract/reference.ts';
import { ofBlobs, startFaultProxy } from '../client/testing/fault-proxy.ts';
import { endMark } from '../disk/native.ts';
import { type HandMadeLayer, handMadeImage, packed, publish } from '../testing/hand-made-image.ts';
import { type ImageBed, pullFrom, startImageBed } from '../testing/image-bed.ts';

const program = path.join(import.meta.dirname, '../testing/work-on-images.ts');
const layerBytes = 4 * 1024 ** 2;
const blockBytes = 65_536;

let bed: ImageBed;
beforeAll(async () => {
  bed = await startImageBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const zeros = Buffer.alloc(layerBytes);
const packedZeros = packed(zeros.subarray(blockBytes));

/** Little to send and to write, and all of it to be decoded. Only the packed form of it is held. */
function smallLayer(): HandMadeLayer {
  const first = Buffer.concat([randomBytes(4096), zeros.subarray(4096, blockBytes)]);
  const plainDigest = createHash('sha256').update(first).update(zeros.subarray(blockBytes)).digest('hex');
  return {
    plain: Buffer.alloc(0),
    blob: Buffer.concat([packed(first).subarray(0, -endMark.length), packedZeros]),
    said: { plainDigest: `sha256:${plainDigest}`, plainBytes: String(layerBytes) },
  };
}

/** Pulls an image in a process of its own; the most memory that it had. */
async function peakBytesOfPull(count: number): Promise<number> {
  const reference = { host: bed.registry.host, namespace: `many/layers${count}`, tag: 'latest' };
  await publish(bed.client(), reference, handMadeImage(Array.from({ length: count }, smallLayer)));
  await using other = OtherProgram.node(program);
  expect(await other.line()).toBe('ready');
  other.say(`pull ${bed.newHome().path} ${printReference(reference)}`);
  expect(await other.line()).toBe('pulled');
  other.say('peak');
  return Number(await other.line());
}

describe('a pull of many layers', () => {
  it('takes about as much memory for 200 of them as for 25', async () => {
    const [few, many] = [await peakBytesOfPull(25), await peakBytesOfPull(200)];
    // Of 175 more layers, each decoded in 4 MiB, nothing may be left.
    expect(many - few).toBeLessThan(100e6);
    expect(many).toBeLessThan(400e6);
  });

  it('fetches one of those that are alike, and copies the others', async () => {
    await using proxy = await startFaultProxy(bed.registry.url);
    const reference = { host: proxy.host, namespace: 'alike/layers', tag: 'latest' };
    const [one, two] = [{ plain: randomBytes(300_000) }, { plain: randomBytes(200_000) }];
    const image = handMadeImage([one, two, one, one, two, one]);
    await publish(bed.client(), reference, image);
    const states: string[] = [];
    const onLayers = (now: { states: string }): void => void states.push(now.states);
    const home = bed.newHome();
    const { folder } = await pullFrom(bed, home, { reference, client: bed.client(proxy.host), onLayers });
    expect(readFileSync(path.join(folder, 'disk.img')).equals(image.disk)).toBe(true);
    expect(states.at(-1)).toBe('vvcccc');
    const fetched = proxy.requests.filter((request) => ofBlobs(request) && request.headers.range === undefined);
    // Two layers, and the config and the NVRAM.
    expect(fetched).toHaveLength(4);
  });
});
