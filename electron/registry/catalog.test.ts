import { describe, expect, it } from 'vitest';
import type { Host } from '../contract/host.ts';
import { imageCatalog } from './catalog.ts';
import { parseReference, printReference } from '../contract/reference.ts';

const guests: Host['guests'] = [
  { os: 'linux', arch: 'arm64', driver: 'qemu', accelerator: 'TCG' },
  { os: 'darwin', arch: 'arm64', driver: 'vz', notAvailable: 'It takes a Mac.' },
];

describe('imageCatalog', () => {
  it('names each image once, whole and readable', () => {
    const references = imageCatalog(guests).map(({ reference }) => reference);
    expect(references.length).toBeGreaterThan(10);
    expect(new Set(references).size).toBe(references.length);
    for (const reference of references) expect(printReference(parseReference(reference))).toBe(reference);
    const titles = imageCatalog(guests).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('says of each why this host can not run it', () => {
    const why = new Map(imageCatalog(guests).map(({ os, notRunnable }) => [os, notRunnable]));
    expect(why).toEqual(
      new Map([
        ['darwin', 'It takes a Mac.'],
        ['linux', undefined],
      ]),
    );
    expect(imageCatalog([]).every(({ notRunnable }) => notRunnable !== undefined)).toBe(true);
  });
});
