import { randomBytes } from 'node:crypto';
import type { Fault, SeenRequest } from '../client/testing/fault-proxy.ts';
import { digestOf } from '../manifest/manifest.ts';
import { annotationKeys } from '../manifest/media-types.ts';
import { type HandMadeImage, type ManifestDraft, handMadeImage, packed, defaultVmConfig } from './hand-made-image.ts';

/** A registry that misbehaves in one way: by what it sends over the line, or by what it has. */
export type RegistryFault =
  | {
      readonly name: string;
      readonly when: (request: SeenRequest) => boolean;
      readonly fault: Fault;
      readonly times?: number;
    }
  | { readonly name: string; readonly image: HandMadeImage; readonly isRight?: boolean };

/** What a request is for. */
const phases: Readonly<Record<string, (request: SeenRequest) => boolean>> = {
  manifest: ({ path }) => path.includes('/manifests/'),
  'where a blob is': ({ path, headers }) => path.includes('/blobs/') && headers.range === 'bytes=0-0',
  blob: ({ path, headers }) => path.includes('/blobs/') && headers.range !== 'bytes=0-0',
};

const ok = 'HTTP/1.1 200 OK\r\n';

/** A wrong line: what goes wrong, and how often; always if that is not said. */
const ofLine: readonly (readonly [string, Fault, number?])[] = [
  ['no answer at all', { kind: 'cut', afterBytes: 0 }],
  ['no answer once', { kind: 'cut', afterBytes: 0 }, 1],
  ['a connection cut in the middle', { kind: 'cut', afterBytes: 700 }, 3],
  ['a stall before the first byte', { kind: 'stall', afterBytes: 0 }, 1],
  ['a stall in the middle', { kind: 'stall', afterBytes: 500 }, 1],
  ['an answer that is too short', { kind: 'truncate', toBytes: 100 }],
  ['an answer that is too long', { kind: 'too-long', extraBytes: 9 }],
  ['a wrong byte', { kind: 'wrong-byte', atByte: 60 }],
  ['a wrong byte once', { kind: 'wrong-byte', atByte: 60 }, 1],
  ['a trickle', { kind: 'trickle', pieceBytes: 4000, pauseMs: 1 }, 2],
  ...[400, 401, 403, 404, 410, 416, 418, 429, 451, 500, 501, 502, 503, 505, 599].map(
    (status) => [`status ${status}`, { kind: 'status', status, retryAfter: '0' }] as const,
  ),
  ['status 503 once', { kind: 'status', status: 503, retryAfter: '0' }, 1],
  ['a wait of an hour', { kind: 'status', status: 429, retryAfter: '3600' }],
  ['a wait until the year 9999', { kind: 'status', status: 503, retryAfter: 'Fri, 31 Dec 9999 23:59:59 GMT' }],
  ['a wait that is no number', { kind: 'status', status: 503, retryAfter: '1e9' }],
  ['an error in deep JSON', { kind: 'status', status: 400, body: '['.repeat(900) }],
  ['an error with escapes', { kind: 'status', status: 400, body: '{"errors":[{"message":"\\u001b]0;x\\u0007"}]}' }],
  ['a redirect without an address', { kind: 'status', status: 307 }],
  ['a redirect in a circle', { kind: 'status', status: 307, headers: { location: '/v2/by/hand/manifests/latest' } }],
  ...['file:///etc/passwd', 'gopher://127.0.0.1/', 'http://127.0.0.1:1/', 'http://[', 'http://169.254.0.1:1/x'].map(
    (location) => [`a redirect to ${location}`, { kind: 'status', status: 302, headers: { location } }] as const,
  ),
  [
    'a redirect with an escape',
    { kind: 'raw', bytes: 'HTTP/1.1 302 Found\r\nLocation: http://a\x1bb/\r\n\r\n', then: 'close' },
  ],
  [
    'a login at no server',
    { kind: 'status', status: 401, headers: { 'www-authenticate': 'Bearer realm="file:///x"' } },
  ],
  ['a login that is no login', { kind: 'status', status: 401, headers: { 'www-authenticate': '"",,=,Bearer' } }],
  ['another protocol', { kind: 'raw', bytes: 'SSH-2.0-OpenSSH_9.2\r\n', then: 'close' }],
  ['an answer of HTTP/2', { kind: 'raw', bytes: 'HTTP/2.0 200\r\n\r\n', then: 'close' }],
  ...['-1', 'abc', '0x5', '1e3', '99999999999999999999', '5, 6'].map(
    (length) =>
      [
        `a length of ${length}`,
        { kind: 'raw', bytes: `${ok}Content-Length: ${length}\r\n\r\nhello`, then: 'close' },
      ] as const,
  ),
  ['two lengths', { kind: 'raw', bytes: `${ok}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`, then: 'close' }],
  [
    'chunks without sizes',
    { kind: 'raw', bytes: `${ok}Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n`, then: 'close' },
  ],
  [
    'a chunk of 16 EB',
    { kind: 'raw', bytes: `${ok}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx`, then: 'close' },
  ],
  [
    'a packed answer',
    { kind: 'raw', bytes: `${ok}Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00`, then: 'close' },
  ],
  ['a head without an end', { kind: 'raw', bytes: ok, then: { repeat: 'X-Filler: and so on\r\n' } }],
  ['one header without an end', { kind: 'raw', bytes: `${ok}X: `, then: { repeat: 'x' } }],
  ['a body without an end', { kind: 'raw', bytes: `${ok}\r\n`, then: { repeat: '{"a":[' } }],
  ['an early hint, for ever', { kind: 'raw', bytes: '', then: { repeat: 'HTTP/1.1 103 Early Hints\r\n\r\n' } }],
  ['a NUL in a header', { kind: 'raw', bytes: `${ok}X: \0\r\nContent-Length: 2\r\n\r\n{}`, then: 'close' }],
];

const part = randomBytes(200_000);
const otherPart = randomBytes(100_000);
const layer = { plain: part };
const letters = (text: string): Buffer => Buffer.from(text, 'latin1');

function changed(change: (draft: ManifestDraft) => void): HandMadeImage {
  return handMadeImage([layer, { plain: otherPart }], { change });
}

/** Its first disk layer is another. */
function changedLayer(change: Partial<ManifestDraft['layers'][number]>): HandMadeImage {
  return changed(({ layers }) => Object.assign(layers[1] ?? {}, change));
}

function said(key: string, value: string): HandMadeImage {
  return changed(({ layers }) => Object.assign(layers[1]?.annotations ?? {}, { [key]: value }));
}

const text = (json: string): HandMadeImage => ({ ...changed(() => undefined), manifest: Buffer.from(json) });
const blobOf = (blob: Uint8Array): HandMadeImage => handMadeImage([{ plain: part, blob }]);
const deep = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

/** Images that are not what they should be. */
const ofImage: readonly (readonly [string, HandMadeImage, 'right'?])[] = [
  ['an image that is as it should be', changed(() => undefined), 'right'],
  ['a layer twice', handMadeImage([layer, layer, { plain: otherPart }, layer]), 'right'],
  ['a layer of nothing', handMadeImage([layer, { plain: Buffer.alloc(0) }]), 'right'],
  ['a layer that lies about what it unpacks to', said(annotationKeys.plainDigest, digestOf(otherPart))],
  ['a layer that lies that it is another one of the image', said(annotationKeys.plainDigest, digestOf(otherPart))],
  ['a layer that says it is zeros', said(annotationKeys.plainDigest, digestOf(Buffer.alloc(part.length)))],
  ['a layer that unpacks to less', said(annotationKeys.plainBytes, String(part.length + 1))],
  ['a layer that unpacks to more', said(annotationKeys.plainBytes, String(part.length - 1))],
  ['a terabyte of zeros in a few bytes', said(annotationKeys.plainBytes, '1000000000000')],
  ['a layer of negative length', said(annotationKeys.plainBytes, '-1')],
  ['a layer of 2^70 bytes', said(annotationKeys.plainBytes, '1180591620717411303424')],
  ['a length with an exponent', said(annotationKeys.plainBytes, '2e5')],
  ['no plain digest', said(annotationKeys.plainDigest, '')],
  ['a blob of another size', changedLayer({ size: part.length })],
  ['a blob of no size', changedLayer({ size: 0 })],
  ['a blob of 1 TB', changedLayer({ size: 1e12 })],
  ['a blob that is not there', changedLayer({ digest: digestOf(Buffer.from('nowhere')) })],
  ['a path for a digest', changedLayer({ digest: '../../../etc/passwd' })],
  ['another algorithm', changedLayer({ digest: `sha512:${'0'.repeat(128)}` })],
  ['a layer of another kind', changedLayer({ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' })],
  [
    'a lie about the disk',
    changed(({ annotations }) => Object.assign(annotations, { [annotationKeys.diskBytes]: '1' })),
  ],
  ['NVRAM of 1 TB', changed(({ layers }) => Object.assign(layers.at(-1) ?? {}, { size: 1e12 }))],
  ['a config of another size', changed(({ layers }) => Object.assign(layers[0] ?? {}, { size: 7 }))],
  ['a block of 4 GB', blobOf(Buffer.concat([letters('bv41\xff\xff\xff\xff\xff\xff\xff\xff'), part]))],
  ['a stored block of 4 GB', blobOf(Buffer.concat([letters('bv4-\xff\xff\xff\xff'), part]))],
  ['a bomb of many blocks', blobOf(Buffer.concat([packed(Buffer.alloc(4_000_000)), packed(part)]))],
  ['no end mark', blobOf(packed(part).subarray(0, -4))],
  ['bytes after the end', blobOf(Buffer.concat([packed(part), letters('more')]))],
  ['a block twice', blobOf(Buffer.concat([packed(part).subarray(0, 65_544), packed(part)]))],
  ['letters that are no block', blobOf(Buffer.alloc(5000, 'gzip'))],
  ['noise', blobOf(randomBytes(150_000))],
  ['an empty blob', blobOf(Buffer.alloc(0))],
  ['a manifest of 5 MB', text(JSON.stringify({ schemaVersion: 2, filler: 'x'.repeat(5_000_000) }))],
  ['a manifest nested 100,000 deep', text(deep(100_000))],
  ['annotations nested 1000 deep', text(`{"schemaVersion":2,"annotations":${deep(1000)}}`)],
  ['a manifest that is a number', text('42')],
  ['a manifest that is no JSON', text('<html>')],
  ['a list of images', text('{"schemaVersion":2,"manifests":[]}')],
  ['a manifest without layers', changed((draft) => (draft.layers = []))],
  ['a manifest of nothing but NVRAM', changed((draft) => (draft.layers = draft.layers.slice(-1)))],
  ['layers in another order', changed(({ layers }) => void layers.reverse())],
  ['two configs', changed(({ layers }) => void layers.splice(1, 0, ...layers.slice(0, 1)))],
  ['a config nested deep', handMadeImage([layer], { vmConfig: Buffer.from(`{"version":1,"x":${deep(100_000)}}`) })],
  ['a config that is a list', handMadeImage([layer], { vmConfig: Buffer.from('[]') })],
  ['a config with a prototype', handMadeImage([layer], { vmConfig: Buffer.from('{"__proto__":{"version":1}}') })],
  ['a config of NULs', handMadeImage([layer], { vmConfig: Buffer.alloc(1000) })],
  [
    'a config of 2 MB',
    handMadeImage([layer], { vmConfig: Buffer.from(JSON.stringify({ ...defaultVmConfig, x: 'y'.repeat(2e6) })) }),
  ],
  ['labels nested deep', handMadeImage([layer], { imageConfig: Buffer.from(deep(100_000)) }), 'right'],
];

/** All of them: each ends in the right image, or in an error that a person understands. */
export const registryFaults: readonly RegistryFault[] = [
  ...Object.entries(phases).flatMap(([phase, when]) =>
    ofLine.map(([name, fault, times]) => ({
      name: `${phase}: ${name}`,
      when,
      fault,
      ...(times === undefined ? {} : { times }),
    })),
  ),
  ...ofImage.map(([name, image, right]) => ({ name: `image: ${name}`, image, isRight: right === 'right' })),
];
