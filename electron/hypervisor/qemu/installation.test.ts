import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { atLeast, findInstallation, parseInstallation } from './installation.ts';

const machines = `Supported machines are:
pc                   Standard PC (i440FX + PIIX, 1996) (alias of pc-i440fx-7.2)
pc-i440fx-7.2        Standard PC (i440FX + PIIX, 1996) (default)
q35                  Standard PC (Q35 + ICH9, 2009) (alias of pc-q35-7.2)
pc-q35-7.2           Standard PC (Q35 + ICH9, 2009)
pc-q35-7.1           Standard PC (Q35 + ICH9, 2009)
`;
const version = 'QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)\nCopyright (c) 2003-2022 Fabrice Bellard';
const help = '-sandbox on[,obsolete=allow|deny]\n   Enable seccomp mode 2\n';

describe('A QEMU installation', () => {
  it('is told from what QEMU says of itself', () => {
    expect(parseInstallation('amd64', '/usr/bin/q', { version, machines, help })).toEqual({
      binary: '/usr/bin/q',
      version: [7, 2],
      machineType: 'pc-q35-7.2',
      machineTypes: ['pc', 'pc-i440fx-7.2', 'q35', 'pc-q35-7.2', 'pc-q35-7.1'],
      sandbox: true,
    });
  });

  it('may lack the sandbox', () => {
    expect(parseInstallation('amd64', 'q', { version, machines, help: '' })?.sandbox).toBe(false);
  });

  it('is none if QEMU is too old or has no machine of the kind', () => {
    expect(parseInstallation('amd64', 'q', { version: 'QEMU emulator version 5.2.0', machines, help })).toBeUndefined();
    expect(parseInstallation('arm64', 'q', { version, machines, help })).toBeUndefined();
    expect(parseInstallation('amd64', 'q', { version: 'hello', machines, help })).toBeUndefined();
  });

  it('is found on this host for both architectures', async () => {
    using cache = temporaryFolder();
    for (const arch of ['amd64', 'arm64'] as const) {
      const found = await findInstallation(arch, cache.path);
      expect(found?.machineTypes).toContain(found?.machineType);
    }
  });

  it('is asked again when the kept answer is broken', async () => {
    using cache = temporaryFolder();
    const found = await findInstallation('amd64', cache.path);
    writeFileSync(path.join(cache.path, 'qemu-amd64.json'), '[]');
    expect(await findInstallation('amd64', cache.path)).toEqual(found);
  });

  it.each([
    [6, 9, true],
    [7, 1, true],
    [7, 2, true],
    [7, 3, false],
    [8, 0, false],
  ])('of 7.2 is at least %i.%i: %s', (major, minor, expected) => {
    const installation = {
      binary: 'q',
      version: [7, 2] as [number, number],
      machineType: '',
      machineTypes: [],
      sandbox: true,
    };
    expect(atLeast(installation, major, minor)).toBe(expected);
  });
});
