import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { findFirmware, fromDescriptor } from './firmware.ts';

/** As Debian and Fedora ship them. */
function descriptor(more: { features?: string[]; architecture?: string; code?: string; format?: string } = {}): string {
  return JSON.stringify({
    description: 'UEFI firmware',
    'interface-types': ['uefi'],
    mapping: {
      device: 'flash',
      executable: { filename: more.code ?? '/code.fd', format: more.format ?? 'raw' },
      'nvram-template': { filename: '/vars.fd', format: more.format ?? 'raw' },
    },
    targets: [{ architecture: more.architecture ?? 'x86_64', machines: ['pc-i440fx-*', 'pc-q35-*'] }],
    features: more.features ?? ['acpi-s3', 'amd-sev', 'verbose-dynamic'],
    tags: [],
  });
}

describe('A firmware descriptor', () => {
  it('names code and variables', () => {
    expect(fromDescriptor('amd64', descriptor())).toEqual({
      code: { path: '/code.fd', format: 'raw' },
      template: { path: '/vars.fd', format: 'raw' },
    });
    expect(fromDescriptor('amd64', descriptor({ format: 'qcow2' }))?.template.format).toBe('qcow2');
  });

  it.each([
    ['insists on Secure Boot', descriptor({ features: ['secure-boot', 'requires-smm'] })],
    ['has keys enrolled', descriptor({ features: ['enrolled-keys'] })],
    ['is for other processors', descriptor({ architecture: 'i386' })],
    ['is BIOS', descriptor().replace('"uefi"', '"bios"')],
    ['is loaded as a kernel', descriptor().replace('"flash"', '"kernel"')],
    ['is broken', '{'],
    ['is empty', ''],
  ])('that %s is passed over', (_what, text) => {
    expect(fromDescriptor('amd64', text)).toBeUndefined();
  });
});

describe('Firmware', () => {
  it('is found on this host for both architectures', async () => {
    expect((await findFirmware('amd64')).length).toBeGreaterThan(0);
    expect((await findFirmware('arm64')).length).toBeGreaterThan(0);
  });

  it('comes from the first folder that describes it, then from known places, and must be there', async () => {
    using folder = temporaryFolder();
    const at = (name: string) => path.join(folder.path, name);
    for (const name of ['user', 'system']) mkdirSync(at(name));
    for (const name of ['a.fd', 'b.fd', 'c.fd', 'vars.fd']) writeFileSync(at(name), name);
    const describe = (code: string) => descriptor({ code: at(code) }).replace('/vars.fd', at('vars.fd'));
    writeFileSync(at('system/50-one.json'), describe('missing.fd'));
    writeFileSync(at('system/60-two.json'), describe('a.fd'));
    writeFileSync(at('user/60-two.json'), describe('b.fd'));
    const known = [
      ['c.fd', 'vars.fd'],
      ['b.fd', 'vars.fd'],
      ['c.fd', 'gone.fd'],
    ].map(([code = '', vars = '']) => [at(code), at(vars)] as const);
    const found = await findFirmware('amd64', { descriptors: [at('user'), at('system'), at('none')], known });
    expect(found.map(({ code }) => path.basename(code.path))).toEqual(['b.fd', 'c.fd']);
  });

  it('is missing where there is none', async () => {
    expect(await findFirmware('amd64', { descriptors: [], known: [] })).toEqual([]);
  });
});
