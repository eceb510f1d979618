import { AppError } from '../../../../electron/contract/errors.ts';
import { parseReference, printReference } from '../../../../electron/contract/reference.ts';
import { parseHead } from '../../../../electron/registry/disk/http-head.ts';
import { parseImageConfig } from '../../../../electron/registry/manifest/image-config.ts';
import { parseManifest } from '../../../../electron/registry/manifest/manifest.ts';
import { type FuzzTarget, type Outcome, outcomeOf, WrongAnswer } from '../target.ts';

const isRefusal = (error: unknown): boolean => error instanceof AppError && error.code !== 'unexpected';

function manifest(bytes: Buffer): void {
  const { disk, diskBytes } = parseManifest(bytes);
  let end = 0;
  for (const { offsetBytes, plainBytes } of disk) {
    if (offsetBytes !== end || plainBytes < 0) throw new WrongAnswer('The layers of a disk do not follow each other.');
    end += plainBytes;
  }
  if (end !== diskBytes || !Number.isSafeInteger(end)) throw new WrongAnswer(`A disk of ${diskBytes} bytes.`);
}

function reference(bytes: Buffer): void {
  const read = parseReference(bytes.toString('utf8'));
  const text = printReference(read);
  // eslint-disable-next-line no-control-regex -- such characters are what must not be there
  if (/[\u0000-\u0020\u007f]/.test(text))
    throw new WrongAnswer(`A name with control characters: ${JSON.stringify(text)}.`);
  if (read.namespace.split('/').includes('..')) throw new WrongAnswer(`A name that climbs: ${text}.`);
  if (printReference(parseReference(text)) !== text) throw new WrongAnswer(`${text} reads as another name.`);
}

/** Nothing in it is needed, so that one that can't be read is as if it said nothing. */
function imageConfig(bytes: Buffer): Outcome {
  const { os, labels } = parseImageConfig(bytes);
  return os === undefined && Object.keys(labels).length === 0 ? 'refused' : 'accepted';
}

/** What a registry says. */
export const registryDocuments: readonly FuzzTarget[] = [
  {
    name: 'manifest',
    words: ['"layers":[', '"size":', '-1', '1e300', '[', '{"a":', '__proto__'],
    run: (bytes) => outcomeOf(isRefusal, () => manifest(bytes)),
  },
  { name: 'image-config', words: ['[', '{"a":', '"Labels":'], run: imageConfig },
  {
    name: 'reference',
    words: ['..', '/', ':', '@sha256:', '%2e', '[::1]', '\u0000'],
    run: (bytes) => outcomeOf(isRefusal, () => reference(bytes)),
  },
  {
    name: 'http-head',
    words: ['\r\n', 'HTTP/1.1 ', ': '],
    run: (bytes) => (parseHead(bytes.toString('latin1')) === undefined ? 'refused' : 'accepted'),
  },
];
