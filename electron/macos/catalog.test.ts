import { describe, expect, it } from 'vitest';
import { projectRoot } from '../host/paths.ts';
import { findMacVersion, hostAdvice, readMacCatalog } from './catalog.ts';

describe('The catalogue of macOS versions', () => {
  it('is well formed, newest first, each build once, from Apple by https', async () => {
    const catalog = await readMacCatalog(projectRoot());
    const numbers = catalog.map(({ version }) => Number.parseFloat(version));
    expect(numbers).toEqual(numbers.toSorted((a, b) => b - a));
    expect(new Set(catalog.map(({ build }) => build)).size).toBe(catalog.length);
    for (const { url, version, build } of catalog) {
      expect(new URL(url).host).toBe('updates.cdn-apple.com');
      expect(url).toContain(`UniversalMac_${version}_${build}_Restore.ipsw`);
    }
  });

  it('finds a version by its number, its first number or its build', async () => {
    const catalog = await readMacCatalog(projectRoot());
    for (const wanted of ['14.0', '14', '23A344']) expect(findMacVersion(catalog, wanted).build).toBe('23A344');
    expect(() => findMacVersion(catalog, '9')).toThrow(expect.objectContaining({ code: 'image-not-found' }));
  });

  it('says what a host needs', async () => {
    const tahoe = findMacVersion(await readMacCatalog(projectRoot()), '26');
    expect(hostAdvice(tahoe, 26)).toEqual({});
    expect(hostAdvice(tahoe, 15).hint).toContain('Xcode 26');
    expect(hostAdvice(tahoe, 14).problem).toContain('from macOS 15 on');
  });
});
