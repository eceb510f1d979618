import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quietWork, temporaryFolder, temporaryLibrary } from '../../library/testing/temporary-home.ts';
import { findMachine } from './find-machine.ts';
import type { AssemblyPlan } from './import-plan.ts';
import { makeMachine } from './make-machine.ts';
import { parseManifest, parseOvf } from './ovf.ts';
import { formats, makeDisk, makeImage, mebibyte, run } from './testing/sample-images.ts';

const never = new AbortController().signal;
let folder: ReturnType<typeof temporaryFolder>;
const at = (...names: string[]): string => path.join(folder.path, ...names);

beforeAll(() => {
  folder = temporaryFolder();
  mkdirSync(at('parts'));
  makeDisk(at('disk.img'), { data: 1 });
  makeDisk(at('data.img'), { data: 1 });
  copyFileSync(makeImage(at('disk.img'), formats[4]), at('parts', 'web-disk1.vmdk'));
  copyFileSync(makeImage(at('data.img'), { ...formats[3], name: 'data.vmdk' }), at('parts', 'web-disk2.vmdk'));
});
afterAll(() => folder[Symbol.dispose]());

/** As VMware and VirtualBox write them, shortened. */
function ovf(href = 'web-disk1.vmdk', more = ''): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<ovf:Envelope xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData" xmlns:vmw="http://www.vmware.com/schema/ovf">
  <ovf:References><ovf:File ovf:id="file1" ovf:href="${href}"/><ovf:File ovf:id="file2" ovf:href="web-disk2.vmdk"/></ovf:References>
  <ovf:DiskSection><ovf:Info>Disks</ovf:Info>
    <ovf:Disk ovf:diskId="d1" ovf:fileRef="file1" ovf:capacity="48" ovf:capacityAllocationUnits="byte * 2^20"/>
    <ovf:Disk ovf:diskId="d2" ovf:fileRef="file2" ovf:capacity="50331648"/>
  </ovf:DiskSection>
  <ovf:VirtualSystem ovf:id="web">
    <ovf:Name>Web &amp; mail</ovf:Name>
    <ovf:OperatingSystemSection ovf:id="96" vmw:osType="debian12_64Guest"><ovf:Description>Debian</ovf:Description></ovf:OperatingSystemSection>
    <ovf:VirtualHardwareSection>
      <ovf:Item><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>2</rasd:VirtualQuantity></ovf:Item>
      <ovf:Item><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>1536</rasd:VirtualQuantity></ovf:Item>
      <ovf:Item><rasd:ResourceType>17</rasd:ResourceType><rasd:HostResource>ovf:/disk/d1</rasd:HostResource></ovf:Item>
      <ovf:Item><rasd:ResourceType>17</rasd:ResourceType><rasd:HostResource>ovf:/disk/d2</rasd:HostResource></ovf:Item>
      <ovf:Item><rasd:ResourceType>10</rasd:ResourceType></ovf:Item><ovf:Item><rasd:ResourceType>10</rasd:ResourceType></ovf:Item>
      ${more}
    </ovf:VirtualHardwareSection>
  </ovf:VirtualSystem>
</ovf:Envelope>`;
}

const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Packs an appliance with tar; `names` in the order of the archive. */
function makeOva(name: string, description: string, { manifest = true, format = 'ustar' } = {}): string {
  writeFileSync(at('parts', 'web.ovf'), description);
  const parts = ['web.ovf', 'web-disk1.vmdk', 'web-disk2.vmdk'];
  const lines = parts.map((part) => `SHA256(${part})= ${digest(at('parts', part))}\n`);
  writeFileSync(at('parts', 'web.mf'), lines.join(''));
  const names = manifest ? ['web.ovf', 'web.mf', ...parts.slice(1)] : parts;
  run('tar', [`--format=${format}`, '-C', at('parts'), '-cf', at(name), ...names]);
  return at(name);
}

async function planOf(file: string): Promise<AssemblyPlan> {
  const found = await findMachine(file, never);
  if (found.is !== 'machine' || found.plan.make !== 'assemble') throw new Error(`it is ${found.is}`);
  return found.plan;
}

describe('an appliance', () => {
  for (const format of ['ustar', 'gnu', 'pax'])
    it(`becomes its disks, CPUs and memory, out of a ${format} archive`, async () => {
      using home = await temporaryLibrary();
      const plan = await planOf(makeOva('web.ova', ovf(), { format }));
      expect(plan).toMatchObject({
        kind: 'ova',
        suggestedName: 'Web & mail',
        arch: 'amd64',
        cpuCount: 2,
        memoryBytes: 1536 * mebibyte,
      });
      expect(plan.leftOut).toEqual([
        { setting: 'Further network cards (1)', reason: expect.stringMatching(/one here/) as string },
      ]);
      const vm = await makeMachine(home.library, plan, { name: 'web', how: 'copy' }, quietWork());
      expect(digest(path.join(vm.folder, 'disk.img'))).toBe(digest(at('disk.img')));
      expect(digest(path.join(vm.folder, 'disk-2.img'))).toBe(digest(at('data.img')));
      expect(vm.annotations.extraDisks).toEqual([{ path: path.join(vm.folder, 'disk-2.img'), readOnly: false }]);
      const renamed = await home.library.rename('web', 'www');
      expect(renamed.annotations.extraDisks[0]?.path).toBe(path.join(renamed.folder, 'disk-2.img'));
      const copy = await home.library.clone('www', 'copy', quietWork());
      expect(digest(path.join(copy.folder, 'disk-2.img'))).toBe(digest(at('data.img')));
      expect(copy.annotations.extraDisks[0]?.path).toBe(path.join(copy.folder, 'disk-2.img'));
    });

  it('becomes the same from a folder, where its disks are a part of it', async () => {
    makeOva('unused.ova', ovf());
    expect(await planOf(at('parts', 'web.ovf'))).toMatchObject({ kind: 'ovf', cpuCount: 2 });
    expect(await findMachine(at('parts'), never)).toMatchObject({ is: 'several', paths: [at('parts', 'web.ovf')] });
  });

  it('is refused if its files are not what its list of checksums says', async () => {
    using home = await temporaryLibrary();
    const file = makeOva('changed.ova', ovf());
    const bytes = readFileSync(file);
    const place = bytes.indexOf(readFileSync(at('parts', 'web-disk2.vmdk'))) + 1_000_000;
    bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place);
    writeFileSync(file, bytes);
    const work = makeMachine(home.library, await planOf(file), { name: 'web', how: 'copy' }, quietWork());
    await expect(work).rejects.toThrow(/checksums/);
    expect(await home.library.list()).toEqual([]);
  });

  it('is refused if it names files outside of itself', async () => {
    for (const href of ['../disk.img', '/etc/passwd', 'http://127.0.0.1/disk.vmdk', 'missing.vmdk', '..'])
      await expect(planOf(makeOva('climbing.ova', ovf(href), { manifest: false }))).rejects.toThrow(/Open virtual/);
  });

  it('is refused if its disk is a list of files, or another machine’s', async () => {
    writeFileSync(
      at('parts', 'web-disk2.vmdk'),
      '# Disk DescriptorFile\nparentCID=ffffffff\ncreateType="monolithicFlat"\nRW 1 FLAT "web.ovf" 0\n',
    );
    await expect(planOf(makeOva('list.ova', ovf()))).rejects.toThrow(/list of further files/);
    copyFileSync(at('data.vmdk'), at('parts', 'web-disk2.vmdk'));
  });

  it('is refused if it is cut off', async () => {
    const file = makeOva('cut.ova', ovf());
    truncateSync(file, 1_200_000);
    await expect(planOf(file)).rejects.toMatchObject({ code: 'image-damaged' });
  });
});

describe('parseOvf', () => {
  it('refuses entities, which could be endless or hold other files', () => {
    const bomb = ovf().replace('?>', '?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>');
    expect(() => parseOvf(bomb)).toThrow(/entities/);
    const file = ovf().replace('?>', '?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>').replace('Web', '&f;');
    expect(() => parseOvf(file)).toThrow(/entities/);
    expect(() => parseOvf(ovf().replace('Web', '&unknown;'))).toThrow(/is not XML/);
  });

  it('refuses what is not well-formed, nests too deep or describes nothing', () => {
    expect(() => parseOvf(ovf().slice(0, -20))).toThrow(/is not XML/);
    expect(() => parseOvf('<Envelope/>')).toThrow(/no machine/);
    expect(() => parseOvf('<a>'.repeat(100_000))).toThrow(/deep/);
  });

  it('reads what VirtualBox adds, forwards for this computer alone, and says what does not carry over', () => {
    const settings = `<vbox:Machine xmlns:vbox="http://www.virtualbox.org/ovf/machine" version="1.19-linux" name="web">
      <Hardware><Display controller="VMSVGA" VRAMSize="16" monitorCount="2" accelerate3D="true"/>
        <RemoteDisplay enabled="false"/><TrustedPlatformModule type="v2_0"/>
        <Network><Adapter slot="0" enabled="true" MACAddress="080027A1B2C3" type="82540EM"><NAT>
          <Forwarding name="ssh" proto="1" hostip="127.0.0.1" hostport="2222" guestport="22"/>
          <Forwarding name="dns" proto="0" hostport="5300" guestport="53"/>
          <Forwarding name="web" proto="1" hostip="0.0.0.0" hostport="8080" guestport="80"/>
          <Forwarding name="odd" proto="1" hostport="x" guestport="80"/></NAT></Adapter>
          <Adapter slot="1" enabled="false"><BridgedInterface name="en0"/></Adapter></Network>
        <SharedFolders><SharedFolder name="home" hostPath="/home/me" writable="true"/></SharedFolders>
        <Clipboard mode="Bidirectional"/></Hardware></vbox:Machine>`;
    const { portForwards, leftOut } = parseOvf(
      ovf().replace('</ovf:VirtualSystem>', `${settings}</ovf:VirtualSystem>`),
    );
    expect(portForwards.map(({ protocol, hostAddress, hostPort }) => [protocol, hostAddress, hostPort])).toEqual([
      ['tcp', '127.0.0.1', 2222],
      ['udp', '127.0.0.1', 5300],
    ]);
    expect(leftOut.map(({ setting }) => setting)).toEqual([
      'Further network cards (1)',
      '3D acceleration',
      'Further displays (1)',
      'TPM',
      'Shared folders (1)',
      'Shared clipboard',
      'Port forward 0.0.0.0:8080 to 80',
      'Port forward ? to 80',
    ]);
  });

  it('reads memory in the words of old versions', () => {
    const old = ovf().replace('byte * 2^20</rasd', 'GigaBytes</rasd').replace('>1536<', '>2<');
    expect(parseOvf(old).memoryBytes).toBe(2 * 1024 ** 3);
  });
});

describe('parseManifest', () => {
  it('reads what VMware and VirtualBox write', () => {
    expect(parseManifest('SHA256(a b.vmdk)= 00FF\nSHA1 (c.ovf) = 12\n')).toEqual([
      { name: 'a b.vmdk', algorithm: 'sha256', digest: '00ff' },
      { name: 'c.ovf', algorithm: 'sha1', digest: '12' },
    ]);
    expect(() => parseManifest('MD5(a)= 00')).toThrow(/checksums/);
  });

  it('reads a line once, whatever is in it', () => {
    expect(() => parseManifest(`SHA1(${' '.repeat(4_000)}`)).toThrow(/checksums/);
    expect(() => parseManifest(`SHA1(${' '.repeat(1_000_000)}`)).toThrow(/too long/);
  });
});
