import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { prepareFlash } from './variables.ts';

describe('The flash of a VM', () => {
  it.each(['amd64', 'arm64'] as const)('has %s variables of its own, which are kept', async (arch) => {
    using folder = temporaryFolder();
    const flash = await prepareFlash(folder.path, arch, folder.path);
    const file = path.join(folder.path, 'qemu-vars.fd');
    expect(flash.variables).toEqual({ path: file, format: 'raw' });
    expect(statSync(file).size).toBeGreaterThan(100_000);
    const mine = readFileSync(file);
    mine.writeUInt8(7, 1000);
    writeFileSync(file, mine);
    expect(await prepareFlash(folder.path, arch, folder.path)).toEqual(flash);
    expect(readFileSync(file).equals(mine)).toBe(true);
  });

  it('for arm64 takes little room though it is long', async () => {
    using folder = temporaryFolder();
    const { variables, code } = await prepareFlash(folder.path, 'arm64', folder.path);
    expect(statSync(variables.path).size).toBe(64 * 1024 ** 2);
    expect(statSync(code.path).size).toBe(64 * 1024 ** 2);
    expect(statSync(variables.path).blocks * 512).toBeLessThan(2 * 1024 ** 2);
  });

  it('puts variables that fit no firmware aside', async () => {
    using folder = temporaryFolder();
    const file = path.join(folder.path, 'qemu-vars.fd');
    writeFileSync(file, 'from another firmware');
    await prepareFlash(folder.path, 'amd64', folder.path);
    expect(statSync(file).size).toBeGreaterThan(100_000);
    expect(readFileSync(`${file}.old`, 'utf8')).toBe('from another firmware');
    expect(existsSync(`${file}.${process.pid}.new`)).toBe(false);
  });
});
