import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quietWork, temporaryFolder, temporaryLibrary } from '../../library/testing/temporary-home.ts';
import { findMachine } from './find-machine.ts';
import type { AssemblyPlan } from './import-plan.ts';
import { makeMachine } from './make-machine.ts';
import { makeDisk, makeImage, mebibyte, run } from './testing/sample-images.ts';

const never = new AbortController().signal;
let folder: ReturnType<typeof temporaryFolder>;
const at = (...names: string[]): string => path.join(folder.path, ...names);
beforeAll(() => {
  folder = temporaryFolder();
  makeDisk(at('disk.img'), { arch: 'arm64', data: 1 });
});
afterAll(() => folder[Symbol.dispose]());

type Value = string | number | boolean | Value[] | Buffer | { [key: string]: Value };

/** A property list as Apple's encoder writes it. */
function plist(value: Value): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n<plist version="1.0">\n${element(value)}\n</plist>\n`;
}

function element(value: Value): string {
  if (typeof value === 'string') return `<string>${value}</string>`;
  if (typeof value === 'number') return `<integer>${value}</integer>`;
  if (typeof value === 'boolean') return value ? '<true/>' : '<false/>';
  if (Buffer.isBuffer(value)) return `<data>\n${value.toString('base64')}\n</data>`;
  if (Array.isArray(value)) return `<array>${value.map(element).join('')}</array>`;
  const entries = Object.entries(value).map(([key, one]) => `<key>${key}</key>${element(one)}`);
  return `<dict>${entries.join('')}</dict>`;
}

const common = {
  ConfigurationVersion: 4,
  Information: { Name: 'Build machine', Notes: 'mine', UUID: 'X', IconCustom: false },
};

function utm(name: string, config: Record<string, Value>, files: Record<string, Buffer | string>): string {
  mkdirSync(at(name, 'Data'), { recursive: true });
  writeFileSync(at(name, 'config.plist'), plist({ ...common, ...config }));
  for (const [leaf, content] of Object.entries(files)) writeFileSync(at(name, 'Data', leaf), content);
  return at(name);
}

async function planOf(file: string): Promise<AssemblyPlan> {
  const found = await findMachine(file, never);
  if (found.is !== 'machine' || found.plan.make !== 'assemble') throw new Error(`it is ${found.is}`);
  return found.plan;
}

const settingsOf = (plan: AssemblyPlan): string[] => plan.leftOut.map(({ setting }) => setting);

describe('a bundle of UTM', () => {
  const mac = {
    Backend: 'Apple',
    System: {
      Architecture: 'aarch64',
      CPUCount: 4,
      MemorySize: 8192,
      Boot: { OperatingSystem: 'macOS', UEFIBoot: false },
      MacPlatform: {
        HardwareModel: Buffer.from('model'),
        MachineIdentifier: Buffer.from('identity'),
        AuxiliaryStoragePath: 'AuxiliaryStorage',
      },
    },
    Drive: [{ ImageName: 'mac.img', ReadOnly: false, SizeMib: 48 }],
    Display: [{ WidthPixels: 1920, HeightPixels: 1200, PixelsPerInch: 80 }],
    Network: [{ Mode: 'Bridged', MacAddress: 'b6:00:00:00:00:01' }],
  };

  it('with QEMU becomes its disk, firmware variables, ports and settings', async () => {
    using home = await temporaryLibrary();
    const disk = makeImage(at('disk.img'), { name: 'x.qcow2', format: 'qcow2', options: '' });
    const bundle = utm(
      'qemu.utm',
      {
        Backend: 'QEMU',
        System: { Architecture: 'aarch64', Target: 'virt', CPUCount: 3, MemorySize: 2048 },
        QEMU: { UEFIBoot: true },
        Drive: [
          { Identifier: 'A', ImageName: 'disk.qcow2', ImageType: 'Disk', Interface: 'VirtIO', ReadOnly: false },
          { Identifier: 'B', ImageType: 'CD', Interface: 'USB', ReadOnly: true },
        ],
        Network: [
          {
            Mode: 'Emulated',
            MacAddress: 'B6:12:34:56:78:9A',
            PortForward: [{ Protocol: 'TCP', HostAddress: '', HostPort: 2222, GuestAddress: '', GuestPort: 22 }],
          },
        ],
      },
      { 'disk.qcow2': readFileSync(disk), 'efi_vars.fd': 'variables' },
    );
    const plan = await planOf(bundle);
    expect(plan).toMatchObject({
      kind: 'utm',
      title: 'UTM virtual machine (QEMU)',
      suggestedName: 'Build machine',
      arch: 'arm64',
    });
    expect(plan.warnings).toEqual([]);
    expect(settingsOf(plan)).toEqual(['Removable drives (1)']);
    const vm = await makeMachine(home.library, plan, { name: 'new', how: 'copy' }, quietWork());
    expect(readFileSync(path.join(vm.folder, 'disk.img')).equals(readFileSync(at('disk.img')))).toBe(true);
    expect(readFileSync(path.join(vm.folder, 'qemu-vars.fd'), 'utf8')).toBe('variables');
    expect(vm.config).toMatchObject({ cpuCount: 3, memorySize: 2048 * mebibyte, macAddress: 'b6:12:34:56:78:9a' });
    expect(vm.annotations).toMatchObject({
      notes: 'mine',
      portForwards: [{ protocol: 'tcp', hostPort: 2222, guestPort: 22 }],
    });
  });

  it('says of each setting that does not carry over why', async () => {
    const image = makeImage(at('disk.img'), { name: 'kept.qcow2', format: 'qcow2', options: '' });
    run('qemu-img', ['snapshot', '-c', 'before', image]);
    const config = {
      Backend: 'QEMU',
      System: { Architecture: 'x86_64', Target: 'isapc', CPU: 'Nehalem', CPUFlagsAdd: ['sse4'], MemorySize: 2048 },
      QEMU: { UEFIBoot: true, TPMDevice: true, AdditionalArguments: ['-device', 'vfio-pci'], RTCLocalTime: true },
      Input: { UsbSharing: true },
      Sharing: { DirectoryShareMode: 'WebDAV', ClipboardSharing: true },
      Drive: [
        { ImageName: 'kept.qcow2', ImageType: 'Disk', Interface: 'IDE' },
        { ImageName: 'vmlinuz', ImageType: 'LinuxKernel' },
      ],
      Network: [
        {
          Mode: 'Host',
          Hardware: 'rtl8139',
          PortForward: [
            { Protocol: 'TCP', HostAddress: '0.0.0.0', HostPort: 80, GuestAddress: '', GuestPort: 80 },
            { Protocol: 'UDP', HostAddress: '', HostPort: 5300, GuestAddress: '', GuestPort: 53 },
          ],
        },
        { Mode: 'Shared' },
      ],
      Display: [{ Hardware: 'cirrus-vga' }, { Hardware: 'virtio-vga' }],
      Serial: [{ Mode: 'Terminal' }],
      Sound: [{ Hardware: 'intel-hda' }],
    };
    const plan = await planOf(utm('full.utm', config, { 'kept.qcow2': readFileSync(image), vmlinuz: 'x' }));
    expect(settingsOf(plan)).toEqual([
      'Machine type (isapc)',
      'Processor model (Nehalem)',
      'Processor features (1)',
      'Arguments for QEMU (2)',
      'TPM',
      'Clock in local time',
      'Kernel or firmware of its own (1)',
      'IDE controller',
      'Network mode (Host)',
      'Network card (rtl8139)',
      'Further network cards (1)',
      'Graphics card (cirrus-vga)',
      'Further displays (1)',
      'Serial ports (1)',
      'Sound card (intel-hda)',
      'USB devices of the host',
      'Shared folder (WebDAV)',
      'Port forward 0.0.0.0:80 to 80',
      'Snapshots in kept.qcow2 (1)',
    ]);
    expect(plan.leftOut.every(({ reason }) => /^[A-Z].*\.$/.test(reason))).toBe(true);
    expect(plan.annotations?.portForwards).toMatchObject([
      { protocol: 'udp', hostPort: 5300, hostAddress: '127.0.0.1' },
    ]);
  });

  it('is taken also where UTM writes what is only told of in another way', async () => {
    const config = { ...mac, Virtualization: { Rosetta: 'yes' }, Sound: 'none', Serial: [3], Sharing: 7 };
    const files = { 'mac.img': readFileSync(at('disk.img')), AuxiliaryStorage: 'nvram' };
    expect((await planOf(utm('odd-parts.utm', config, files))).kind).toBe('utm');
  });

  it('with a Mac becomes the same Mac', async () => {
    using home = await temporaryLibrary();
    const bundle = utm('mac.utm', mac, { 'mac.img': readFileSync(at('disk.img')), AuxiliaryStorage: 'nvram' });
    const plan = await planOf(bundle);
    expect(settingsOf(plan)).toEqual(['Network mode (Bridged)']);
    const vm = await makeMachine(home.library, plan, { name: 'new', how: 'copy' }, quietWork());
    expect(vm.config).toMatchObject({
      os: 'darwin',
      ecid: Buffer.from('identity').toString('base64'),
      hardwareModel: Buffer.from('model').toString('base64'),
      display: { width: 1920, height: 1200, unit: 'px' },
    });
    expect(readFileSync(path.join(vm.folder, 'nvram.bin'), 'utf8')).toBe('nvram');
  });

  it('is refused if it names files outside of itself, or links to them', async () => {
    const climbing = { ...mac, Drive: [{ ImageName: '../../disk.img', ReadOnly: false }] };
    await expect(planOf(utm('climbing.utm', climbing, { AuxiliaryStorage: '' }))).rejects.toThrow(/outside/);
    const linked = utm('linked.utm', mac, { AuxiliaryStorage: '' });
    symlinkSync(at('disk.img'), path.join(linked, 'Data', 'mac.img'));
    await expect(planOf(linked)).rejects.toThrow(/link/);
  });

  it('is refused if it lacks its identity, is of another processor or not as UTM writes it', async () => {
    const files = { 'mac.img': readFileSync(at('disk.img')) };
    const { MacPlatform: _gone, ...system } = mac.System;
    await expect(planOf(utm('lost.utm', { ...mac, System: system }, files))).rejects.toThrow(/identity/);
    const risc = { ...mac, System: { ...mac.System, Architecture: 'riscv64' } };
    await expect(planOf(utm('risc.utm', risc, files))).rejects.toThrow(/riscv64/);
    await expect(planOf(utm('odd.utm', { ...mac, System: 'none' }, files))).rejects.toThrow(/config.plist/);
  });
});

describe('a bundle of VirtualBuddy', () => {
  it('becomes the same Mac, from its binary settings', async () => {
    using home = await temporaryLibrary();
    mkdirSync(at('mac.vbvm', '.vbdata'), { recursive: true });
    copyFileSync(at('disk.img'), at('mac.vbvm', 'Disk.img'));
    for (const name of ['AuxiliaryStorage', 'HardwareModel', 'MachineIdentifier'])
      writeFileSync(at('mac.vbvm', name), name);
    writeFileSync(
      at('config.xml'),
      plist({
        version: 0,
        hardware: {
          cpuCount: 6,
          memorySize: 8 * 1024 ** 3,
          NVRAM: [{ name: 'boot-args', value: '-v' }],
          displayDevices: [{ id: 'x', width: 2560, height: 1440, pixelsPerInch: 144 }],
          networkDevices: [{ id: 'Default', kind: 1, macAddress: 'B6:00:00:00:00:02' }],
        },
        sharedFolders: [{ isReadOnly: true }],
      }),
    );
    const convert =
      'import plistlib,sys;plistlib.dump(plistlib.load(open(sys.argv[1],"rb")),open(sys.argv[2],"wb"),fmt=plistlib.FMT_BINARY)';
    run('python3', ['-c', convert, at('config.xml'), at('mac.vbvm', '.vbdata', 'Config.plist')]);
    const plan = await planOf(at('mac.vbvm'));
    expect(settingsOf(plan)).toEqual([
      'Shared folders (1)',
      'Bridged network',
      'Variables of the firmware (boot-args)',
    ]);
    const vm = await makeMachine(home.library, plan, { name: 'new', how: 'copy' }, quietWork());
    expect(vm.config).toMatchObject({
      os: 'darwin',
      arch: 'arm64',
      cpuCount: 6,
      memorySize: 8 * 1024 ** 3,
      macAddress: 'b6:00:00:00:00:02',
      display: { width: 2560, height: 1440, unit: 'px' },
      ecid: Buffer.from('MachineIdentifier').toString('base64'),
    });
    expect(readFileSync(path.join(vm.folder, 'nvram.bin'), 'utf8')).toBe('AuxiliaryStorage');
  });
});
