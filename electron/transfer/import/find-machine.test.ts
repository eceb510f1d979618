import { copyFileSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { pathOf } from './door.ts';
import { findMachine } from './find-machine.ts';
import type { AssemblyPlan } from './import-plan.ts';
import { formats, makeDisk, makeImage, run } from './testing/sample-images.ts';

const never = new AbortController().signal;
let folder: ReturnType<typeof temporaryFolder>;
const at = (...names: string[]): string => path.join(folder.path, ...names);
const raw = (): string => at('disk.img');

beforeAll(() => {
  folder = temporaryFolder();
  makeDisk(raw(), { arch: 'arm64', data: 1 });
});
afterAll(() => folder[Symbol.dispose]());

function file(name: string, bytes: string | Buffer): string {
  writeFileSync(at(name), bytes);
  return at(name);
}

const find = (name: string) => findMachine(at(name), never);

async function planOf(name: string): Promise<AssemblyPlan> {
  const found = await find(name);
  if (found.is !== 'machine' || found.plan.make !== 'assemble') throw new Error(`${name} is ${found.is}`);
  return found.plan;
}

describe('findMachine', () => {
  it('tells a disk by its bytes, whatever it is called', async () => {
    copyFileSync(raw(), at('holiday.pdf'));
    expect(await planOf('holiday.pdf')).toMatchObject({
      kind: 'raw',
      arch: 'arm64',
      suggestedName: 'holiday.pdf',
      warnings: [],
    });
  });

  it('says what other files are', async () => {
    const others: [string, string | Buffer, RegExp][] = [
      ['a.img', '%PDF-1.7', /PDF/],
      ['a.qcow2', '<!DOCTYPE html><title>404</title>', /HTML/],
      ['a.iso', Buffer.from('89504e470d0a1a0a', 'hex'), /PNG/],
      ['a.vmdk', 'just some words', /Text/],
      ['a.tvm', Buffer.alloc(0), /Empty/],
      ['a.raw', Buffer.alloc(777, 0x81), /Unknown/],
      ['a.ova', Buffer.from('377abcaf271c0004', 'hex'), /7-Zip/],
    ];
    for (const [name, bytes, title] of others) {
      file(name, bytes);
      await expect(find(name)).rejects.toMatchObject({ title: expect.stringMatching(title) as string });
    }
  });

  it('says that a file is not there, or may not be read', async () => {
    await expect(find('nowhere')).rejects.toMatchObject({ code: 'file-not-found' });
  });

  it('refuses images that hold only the changes to other files', async () => {
    const base = makeImage(raw(), { name: 'base.qcow2', format: 'qcow2', options: '' });
    run('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', base, '-F', 'qcow2', at('overlay.qcow2')]);
    run('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', '/etc/passwd', '-F', 'raw', at('thief.qcow2')]);
    run('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', `data_file=${at('data')}`, at('external.qcow2'), '1M']);
    run('qemu-img', [
      'create',
      '-q',
      '-f',
      'vmdk',
      '-b',
      makeImage(raw(), formats[3]),
      '-F',
      'vmdk',
      at('linked.vmdk'),
    ]);
    for (const name of ['overlay.qcow2', 'thief.qcow2', 'external.qcow2', 'linked.vmdk'])
      await expect(find(name)).rejects.toMatchObject({ code: 'image-not-supported' });
  });

  it('is not held up by comments and blanks', async () => {
    file('comments', `${'<!---->'.repeat(5_000)}<x`);
    await expect(find('comments')).rejects.toMatchObject({ code: 'image-not-supported' });
    file('comments.ovf', `${'<!-- a -->\n'.repeat(1_000)}<Envelope></Envelope>`);
    await expect(find('comments.ovf')).rejects.toThrow(/describes no machine/);
    file('blanks.vmdk', `# Disk DescriptorFile\nversion=1\nx${' '.repeat(1_000_000)}x`);
    await expect(find('blanks.vmdk')).rejects.toThrow(/is not understood/);
  });

  // Only Linux keeps a program to so much memory.
  it.skipIf(process.platform !== 'linux')('gives tables that take gigabytes no more memory than others', async () => {
    run('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', 'cluster_size=512', at('clusters.qcow2'), '64M']);
    // Its check counts the uses of each cluster of the file, also in a hole.
    truncateSync(at('clusters.qcow2'), 400 * 1024 ** 3);
    run('qemu-img', ['create', '-q', '-f', 'vdi', at('blocks.vdi'), '64M']);
    const vdi = Buffer.from(readFileSync(at('blocks.vdi')).subarray(0, 512));
    const blocks = 2 ** 28;
    vdi.writeUInt32LE(0xf000_0000, 0x158);
    vdi.writeBigUInt64LE(BigInt(blocks) * 2n ** 20n, 0x170);
    vdi.writeUInt32LE(blocks, 0x180);
    vdi.writeUInt32LE(0, 0x184);
    truncateSync(file('blocks.vdi', vdi), 8 * 1024 ** 3);
    for (const name of ['clusters.qcow2', 'blocks.vdi'])
      await expect(find(name)).rejects.toMatchObject({
        code: 'image-damaged',
        message: expect.stringContaining('its tables take more than the 256 MiB of memory') as string,
      });
  });

  it('refuses a list of files that names any outside of its folder', async () => {
    const list = (extent: string): string =>
      `# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType="monolithicFlat"\n${extent}\n`;
    file('secret', Buffer.alloc(512));
    mkdirSync(at('inner'), { recursive: true });
    symlinkSync('/etc/passwd', at('link'));
    for (const name of ['/etc/passwd', '../secret', 'inner/../../secret', 'nbd:127.0.0.1:1', 'link', 'missing']) {
      file('list.vmdk', list(`RW 1 FLAT "${name}" 0`));
      await expect(find('list.vmdk')).rejects.toThrow(/VMware disk image/);
    }
    file('list.vmdk', list('RW 1 VMFSRDM "secret"'));
    await expect(find('list.vmdk')).rejects.toMatchObject({ code: 'image-not-supported' });
  });

  for (const sample of formats)
    it(`notices that ${sample.name} is cut off`, async () => {
      const image = makeImage(raw(), { ...sample, name: `cut-${sample.name}` });
      const extents = (await planOf(path.basename(image))).partFiles ?? [];
      const max = [image, ...extents.map(pathOf)].sort((a, b) => statSync(b).size - statSync(a).size)[0]!;
      truncateSync(max, Math.floor(statSync(max).size / 3));
      await expect(findMachine(image, never)).rejects.toMatchObject({ code: 'image-damaged' });
    });

  it('notices that a raw disk is cut off, from its partition table', async () => {
    copyFileSync(raw(), at('cut.img'));
    truncateSync(at('cut.img'), 30_000_128);
    await expect(find('cut.img')).rejects.toMatchObject({ code: 'image-damaged' });
  });

  it('reads an installer disc, and for which processor it is', async () => {
    mkdirSync(at('tree', 'EFI'), { recursive: true });
    run('mformat', ['-C', '-f', '1440', '-i', at('tree', 'efi.img'), '::']);
    run('mmd', ['-i', at('tree', 'efi.img'), '::/EFI', '::/EFI/BOOT']);
    run('mcopy', ['-i', at('tree', 'efi.img'), file('boot', 'MZ'), '::/EFI/BOOT/BOOTAA64.EFI']);
    const options = ['-as', 'mkisofs', '-quiet', '-V', 'INSTALLER', '-e', 'efi.img', '-no-emul-boot'];
    run('xorriso', [...options, '-o', at('installer.bin'), at('tree')]);
    expect(await find('installer.bin')).toMatchObject({
      is: 'installer',
      disc: { label: 'INSTALLER', boots: 'efi', arch: 'arm64' },
    });
    truncateSync(at('installer.bin'), 700_000);
    await expect(find('installer.bin')).rejects.toMatchObject({ code: 'image-damaged' });
    run('xorriso', ['-as', 'mkisofs', '-quiet', '-o', at('data.iso'), at('tree')]);
    await expect(find('data.iso')).rejects.toMatchObject({ code: 'image-not-supported' });
  });

  it('reads a restore image of macOS, and tells other ZIP archives apart', async () => {
    file(
      'BuildManifest.plist',
      `<?xml version="1.0"?><!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict><key>ProductVersion</key><string>26.1</string><key>ProductBuildVersion</key><string>25B78</string>
<key>SupportedProductTypes</key><array><string>Mac14,2</string><string>VirtualMac2,1</string></array></dict></plist>`,
    );
    run('python3', ['-m', 'zipfile', '-c', at('restore.bin'), at('BuildManifest.plist')]);
    expect(await find('restore.bin')).toMatchObject({
      is: 'restore-image',
      image: { version: '26.1', build: '25B78', isForVirtualMac: true },
    });
    run('python3', ['-m', 'zipfile', '-c', at('other.ipsw'), at('boot')]);
    await expect(find('other.ipsw')).rejects.toMatchObject({ title: 'ZIP archive' });
    truncateSync(at('restore.bin'), 100);
    await expect(find('restore.bin')).rejects.toMatchObject({ code: 'image-damaged' });
    await expect(find('restore.bin')).rejects.toThrow(/cut off/);
  });

  it('finds several in a folder, each once', async () => {
    mkdirSync(at('several', 'pictures'), { recursive: true });
    copyFileSync(raw(), at('several', 'a.img'));
    run('qemu-img', ['convert', '-O', 'vmdk', '-o', 'subformat=monolithicFlat', raw(), at('several', 'b.vmdk')]);
    writeFileSync(at('several', 'readme.txt'), 'Read me.');
    expect(await find('several')).toEqual({
      is: 'several',
      paths: [at('several', 'a.img'), at('several', 'b.vmdk')],
      othersCount: 2,
    });
    mkdirSync(at('none'));
    await expect(find('none')).rejects.toMatchObject({ title: 'Folder' });
  });

  it('reads an old property list, and one with entities not at all', async () => {
    expect(readFileSync(at('BuildManifest.plist'), 'utf8')).toContain('DOCTYPE');
    file(
      'BuildManifest.plist',
      `<!DOCTYPE plist [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><plist><dict><key>ProductVersion</key><string>&b;</string></dict></plist>`,
    );
    run('python3', ['-m', 'zipfile', '-c', at('bomb.ipsw'), at('BuildManifest.plist')]);
    await expect(find('bomb.ipsw')).rejects.toThrow(/entities/);
  });
});
