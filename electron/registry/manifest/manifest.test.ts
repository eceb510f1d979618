import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import { printCompactJson } from './compact-json.ts';
import { parseImageConfig } from './image-config.ts';
import { maxManifestBytes, parseManifest } from './manifest.ts';
import { printImageConfig, printManifest } from './print-manifest.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const tart = 'org.cirruslabs.tart.';

/** As Tart's encoder would print it, written down by hand from a description of its format. */
const printed =
  `{"annotations":{"${tart}uncompressed-disk-size":"536870913","${tart}upload-time":"2023-11-28T12:18:38Z"},` +
  `"config":{"digest":"${digest('a')}","mediaType":"application\\/vnd.oci.image.config.v1+json","size":10},` +
  `"layers":[{"annotations":{},"digest":"${digest('b')}","mediaType":"application\\/vnd.cirruslabs.tart.config.v1","size":20},` +
  `{"annotations":{"${tart}uncompressed-content-digest":"${digest('1')}","${tart}uncompressed-size":"536870912"},` +
  `"digest":"${digest('c')}","mediaType":"application\\/vnd.cirruslabs.tart.disk.v2","size":30},` +
  `{"annotations":{"${tart}uncompressed-content-digest":"${digest('2')}","${tart}uncompressed-size":"1"},` +
  `"digest":"${digest('d')}","mediaType":"application\\/vnd.cirruslabs.tart.disk.v2","size":13},` +
  `{"annotations":{},"digest":"${digest('e')}","mediaType":"application\\/vnd.cirruslabs.tart.nvram.v1","size":40}],` +
  `"mediaType":"application\\/vnd.oci.image.manifest.v1+json","schemaVersion":2}`;

interface Draft {
  schemaVersion: unknown;
  mediaType: unknown;
  manifests?: unknown;
  config: Record<string, unknown>;
  layers: Record<string, unknown>[];
  annotations: Record<string, unknown>;
}

/** The same with a change. */
function changed(change: (draft: Draft) => void): Buffer {
  const draft = JSON.parse(printed) as Draft;
  change(draft);
  return Buffer.from(JSON.stringify(draft));
}

function layer(draft: Draft, index: number): Record<string, unknown> & { annotations: Record<string, unknown> } {
  // The draft has four layers, each with annotations.
  return draft.layers[index] as Record<string, unknown> & { annotations: Record<string, unknown> };
}

describe('a manifest', () => {
  it('is printed byte for byte as Tart prints it, and read back', () => {
    const disk = [
      { digest: digest('c'), sizeBytes: 30, plainBytes: 536_870_912, plainDigest: digest('1') },
      { digest: digest('d'), sizeBytes: 13, plainBytes: 1, plainDigest: digest('2') },
    ];
    const bytes = printManifest({
      imageConfig: { digest: digest('a'), sizeBytes: 10 },
      vmConfig: { digest: digest('b'), sizeBytes: 20 },
      nvram: { digest: digest('e'), sizeBytes: 40 },
      disk,
      uploadedAt: new Date('2023-11-28T12:18:38.987Z'),
    });
    expect(bytes.toString()).toBe(printed);
    expect(parseManifest(bytes)).toMatchObject({
      disk: [
        { ...disk[0], index: 0, offsetBytes: 0 },
        { ...disk[1], index: 1, offsetBytes: 536_870_912 },
      ],
      diskBytes: 536_870_913,
      downloadBytes: 103,
      uploadedAt: new Date('2023-11-28T12:18:38Z'),
    });
  });

  it.each<[string, (draft: Draft) => void, RegExp]>([
    ['of an index', (draft) => (draft.mediaType = 'application/vnd.oci.image.index.v1+json'), /several platforms/],
    ['with a list of manifests', (draft) => (draft.manifests = []), /several platforms/],
    ['of another version', (draft) => (draft.schemaVersion = 1), /schemaVersion/],
    [
      'of a container',
      (draft) => (layer(draft, 0).mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip'),
      /layer.v1.tar/,
    ],
    [
      'with the first kind of disk',
      (draft) => (layer(draft, 1).mediaType = 'application/vnd.cirruslabs.tart.disk.v1'),
      /first format of Tart/,
    ],
    [
      'with an overlay',
      (draft) => (layer(draft, 2).mediaType = 'application/vnd.cirruslabs.tart.disk.asif.overlay.v1'),
      /overlay/,
    ],
    ['without NVRAM', (draft) => draft.layers.pop(), /last layer is not the NVRAM/],
    ['without a VM config', (draft) => draft.layers.shift(), /first layer is not the config/],
    ['in another order', (draft) => draft.layers.reverse(), /first layer is not the config/],
    ['with two configs', (draft) => draft.layers.splice(1, 0, layer(draft, 0)), /more than one config/],
    ['without layers', (draft) => (draft.layers = []), /layers/],
    ['with a negative size', (draft) => (layer(draft, 1).size = -1), /negative/],
    ['with a size that is no whole number', (draft) => (layer(draft, 1).size = 1.5), /size/],
    ['with a huge size', (draft) => (layer(draft, 1).size = 2 ** 52), /larger than any disk/],
    ['with a size that is a text', (draft) => (layer(draft, 1).size = '30'), /size/],
    ['with a blob many times its content', (draft) => (layer(draft, 2).size = 2 ** 40), /much larger/],
    [
      'without a plain size',
      (draft) => (layer(draft, 1).annotations[`${tart}uncompressed-size`] = undefined),
      /disk layer 1 of 2 is missing/,
    ],
    [
      'with a negative plain size',
      (draft) => (layer(draft, 1).annotations[`${tart}uncompressed-size`] = '-5'),
      /disk layer 1 of 2 is "-5"/,
    ],
    [
      'with a huge plain size',
      (draft) => (layer(draft, 1).annotations[`${tart}uncompressed-size`] = '9'.repeat(16)),
      /9999/,
    ],
    [
      'without a plain digest',
      (draft) => (layer(draft, 1).annotations[`${tart}uncompressed-content-digest`] = undefined),
      /digest it unpacks to/,
    ],
    ['with a path for a digest', (draft) => (layer(draft, 1).digest = '../../etc/passwd'), /digest/],
    [
      'that lies about its disk',
      (draft) => (draft.annotations[`${tart}uncompressed-disk-size`] = '1'),
      /should have 1 bytes/,
    ],
    ['with a VM config of gigabytes', (draft) => (layer(draft, 0).size = 2 ** 32), /no VM needs/],
    ['with another kind of config', (draft) => (draft.config.mediaType = 'text/plain'), /text\/plain/],
  ])('is refused %s', (_, change, reason) => {
    expect(() => parseManifest(changed(change))).toThrow(
      expect.objectContaining({
        code: 'image-not-supported',
        message: expect.stringMatching(reason) as string,
      }) as Error,
    );
  });

  it('is refused if it is too long, or no JSON', () => {
    expect(() => parseManifest(Buffer.alloc(maxManifestBytes + 1, ' '))).toThrow(/larger than 4 MiB/);
    expect(() => parseManifest(Buffer.from('{"a"'))).toThrow(/not JSON/);
    expect(() => parseManifest(Buffer.from([0x7b, 0xff, 0x7d]))).toThrow(/not JSON/);
  });

  it('never fails in another way, whatever it is', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(() => parseManifest(Buffer.from(text))).toThrow(AppError);
      }),
    );
    const paths = fc.constantFrom('schemaVersion', 'mediaType', 'config', 'layers', 'annotations');
    fc.assert(
      fc.property(paths, fc.jsonValue(), (key, value) => {
        const bytes = Buffer.from(JSON.stringify({ ...(JSON.parse(printed) as object), [key]: value }));
        try {
          parseManifest(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
    );
  });
});

describe('compact JSON', () => {
  it('is what JSON.parse reads, with keys in order and every slash escaped', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // fast-check's JSON values are what `PlainJson` describes, under a type of its own.
        const text = printCompactJson(value as Parameters<typeof printCompactJson>[0]);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(text.replaceAll('\\/', '')).not.toContain('/');
      }),
    );
    expect(printCompactJson({ b: 1, a: { d: [], c: 'x/y' } })).toBe('{"a":{"c":"x\\/y","d":[]},"b":1}');
  });
});

describe('an image config', () => {
  it('says what the image runs, and its labels', () => {
    const bytes = printImageConfig({ os: 'linux', arch: 'amd64', diskFormat: 'raw', labels: { 'b/c': 'd' } });
    expect(bytes.toString()).toBe(
      `{"architecture":"amd64","config":{"Labels":{"b\\/c":"d","${tart}disk.format":"raw"}},"os":"linux"}`,
    );
    expect(parseImageConfig(bytes)).toEqual({
      os: 'linux',
      arch: 'amd64',
      labels: { 'b/c': 'd', [`${tart}disk.format`]: 'raw' },
    });
    expect(parseImageConfig(Buffer.from('no JSON'))).toEqual({ labels: {} });
  });
});
