import { describe, expect, it } from 'vitest';
import { portForwardSchema } from '../../contract/machine.ts';
import type { Plan } from './plan.ts';
import { commandLine, escapeComma } from './command-line.ts';
import type { QemuSetup } from './setup.ts';

const plan: Plan = {
  name: 'demo',
  arch: 'amd64',
  cpuCount: 2,
  memoryBytes: 512 * 1024 ** 2,
  disks: [{ path: '/vms/demo/disk.img', kind: 'disk', readOnly: false, sync: 'full', caching: 'automatic' }],
  network: {
    kind: 'nat',
    macAddress: '02:00:00:00:00:01',
    forwards: [],
    subnet: '10.0.2.0/24',
    hostLoopback: false,
  },
  shares: [],
  display: { width: 1024, height: 768 },
  keyboard: true,
  pointer: true,
  nested: false,
};

const setup: QemuSetup = {
  machineType: 'pc-q35-7.2',
  accelerator: { kind: 'kvm', cpuModel: 'host', title: 'KVM' },
  flash: { code: { path: '/code.fd', format: 'raw' }, variables: { path: '/vars.fd', format: 'raw' } },
  network: { by: 'passt' },
  shares: [],
  sandbox: true,
  incoming: false,
};

const arm: Plan = { ...plan, arch: 'arm64' };
const armSetup: QemuSetup = {
  ...setup,
  machineType: 'virt-7.2',
  accelerator: { kind: 'tcg', cpuModel: 'max,pauth-impdef=on', title: 'TCG' },
};

/** The values of an option, in order. */
function values(args: readonly string[], option: string): string[] {
  return args.flatMap((arg, index) => (arg === option ? [args[index + 1] ?? ''] : []));
}

const devices = (args: readonly string[]) => values(args, '-device').map((text) => text.split(',')[0]);

interface Block {
  'node-name': string;
  'read-only': boolean;
  discard?: string;
  cache?: { direct: boolean; 'no-flush': boolean };
  file: { driver: string; filename: string };
}
// QEMU parses this JSON, and so does the test; its shape is what the code above promises.
const blocks = (args: readonly string[]) => values(args, '-blockdev').map((text) => JSON.parse(text) as Block);

describe('The command line', () => {
  it('names a versioned machine, processor, memory and accelerator', () => {
    const args = commandLine(plan, setup);
    expect(values(args, '-machine')).toEqual([
      'pc-q35-7.2,smm=off,vmport=off,hpet=off,pflash0=firmware-code,pflash1=firmware-variables',
    ]);
    expect(values(args, '-cpu')).toEqual(['host']);
    expect(values(args, '-accel')).toEqual(['kvm']);
    expect(values(args, '-smp')).toEqual(['2']);
    expect(values(args, '-m')).toEqual(['512M']);
    expect(args).toEqual(expect.arrayContaining(['-nodefaults', '-no-user-config']));
  });

  it('is the same for the same plan, and gives another machine another UUID', () => {
    expect(commandLine(plan, setup)).toEqual(commandLine(structuredClone(plan), structuredClone(setup)));
    const other = { ...plan, network: { ...plan.network, macAddress: '02:00:00:00:00:02' } } as Plan;
    const uuid = (of: Plan) => values(commandLine(of, setup), '-uuid')[0];
    expect(uuid(plan)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(uuid(other)).not.toBe(uuid(plan));
  });

  it.each([
    ['amd64', plan, setup, ['virtio-vga', 'virtio-keyboard-pci', 'virtio-tablet-pci', 'virtio-rng-pci']],
    ['arm64', arm, armSetup, ['virtio-gpu-pci', 'qemu-xhci', 'usb-kbd', 'virtio-keyboard-pci', 'virtio-tablet-pci']],
  ])('gives an %s guest screen and input', (_arch, ofPlan, ofSetup, expected) => {
    expect(devices(commandLine(ofPlan, ofSetup))).toEqual(expect.arrayContaining(expected));
  });

  it('leaves out keyboard and pointer', () => {
    const found = devices(commandLine({ ...arm, keyboard: false, pointer: false }, armSetup));
    for (const gone of ['virtio-keyboard-pci', 'virtio-tablet-pci', 'usb-kbd', 'qemu-xhci'])
      expect(found).not.toContain(gone);
  });

  it('uses the interrupt controller that the accelerator has', () => {
    const kvm: QemuSetup = { ...armSetup, accelerator: { kind: 'kvm', cpuModel: 'host', title: 'KVM' } };
    expect(values(commandLine(arm, kvm), '-machine')[0]).toContain('gic-version=host');
    expect(values(commandLine(arm, armSetup), '-machine')[0]).toContain('gic-version=3');
    expect(values(commandLine({ ...arm, nested: true }, armSetup), '-machine')[0]).toContain('virtualization=on');
  });

  it('carries any path to a disk unharmed', () => {
    const path = '/a,b/c"d\\e\'f g.img';
    const [root] = plan.disks;
    const args = commandLine({ ...plan, disks: [{ ...root, path }] }, setup);
    expect(blocks(args).find((block) => block['node-name'] === 'disk0')?.file).toMatchObject({
      driver: 'file',
      filename: path,
    });
  });

  it('gives freed blocks back, and stops the guest when the disk is full', () => {
    const args = commandLine(plan, setup);
    expect(blocks(args).find((block) => block['node-name'] === 'disk0')).toMatchObject({ discard: 'unmap' });
    expect(values(args, '-device')).toContain(
      'virtio-blk-pci,id=disk0-device,drive=disk0,bootindex=1,werror=stop,rerror=stop',
    );
  });

  it.each([
    [
      { sync: 'none', caching: 'automatic' },
      { direct: false, 'no-flush': true },
    ],
    [
      { sync: 'full', caching: 'uncached' },
      { direct: true, 'no-flush': false },
    ],
    [
      { sync: 'fsync', caching: 'cached' },
      { direct: false, 'no-flush': false },
    ],
  ] as const)('uses the disk as %o says', (how, cache) => {
    const args = commandLine({ ...plan, disks: [{ ...plan.disks[0], ...how }] }, setup);
    expect(blocks(args).find((block) => block['node-name'] === 'disk0')?.cache).toEqual(cache);
  });

  it('never opens a read-only disk or a disc for writing', () => {
    const disks: Plan['disks'] = [
      { ...plan.disks[0], readOnly: true },
      { ...plan.disks[0], path: '/x.iso', kind: 'disc', readOnly: true },
    ];
    for (const block of blocks(commandLine({ ...plan, disks }, setup)).filter((one) =>
      one['node-name'].startsWith('disk'),
    ))
      expect(block).toMatchObject({ 'read-only': true, file: { 'read-only': true } });
  });

  it('starts from the own disk first and a disc after it', () => {
    const disc = { ...plan.disks[0], path: '/x.iso', kind: 'disc', readOnly: true } as const;
    const amd64 = values(commandLine({ ...plan, disks: [plan.disks[0], disc] }, setup), '-device');
    expect(amd64).toContain('ide-cd,bus=ide.0,id=disk1-device,drive=disk1,bootindex=2');
    const arm64 = values(commandLine({ ...arm, disks: [plan.disks[0], disc] }, armSetup), '-device');
    expect(arm64).toContain('scsi-cd,bus=scsi1.0,id=disk1-device,drive=disk1,bootindex=2');
  });

  it('finds a place for more discs than the PC has ports', () => {
    const discs = Array.from({ length: 8 }, (_, index) => ({
      ...plan.disks[0],
      path: `/${index}.iso`,
      kind: 'disc' as const,
    }));
    const buses = values(commandLine({ ...plan, disks: [plan.disks[0], ...discs] }, setup), '-device')
      .filter((text) => text.startsWith('ide-cd'))
      .map((text) => /bus=([^,]+)/.exec(text)?.[1]);
    expect(new Set(buses).size).toBe(8);
  });

  it.each([
    ['/dev/sdb', 'host_device'],
    ['/dev/shm/home/vms/web/more.img', 'file'],
  ])('opens %s as a %s', (place, driver) => {
    const disks: Plan['disks'] = [plan.disks[0], { ...plan.disks[0], path: place }];
    expect(blocks(commandLine({ ...plan, disks }, setup)).at(-1)?.file.driver).toBe(driver);
  });

  it('connects the network by passt, or by its own with forwards', () => {
    expect(values(commandLine(plan, setup), '-netdev')).toEqual([
      'stream,id=network,server=on,addr.type=unix,addr.path=network.sock',
    ]);
    const forwards = [portForwardSchema.parse({ protocol: 'udp', hostPort: 5353, guestPort: 53 })];
    const joined = { macAddress: '02:00:00:00:00:01', forwards, subnet: '10.0.2.0/24' };
    const isolated: Plan = { ...plan, network: { kind: 'isolated', ...joined } };
    const [user] = values(commandLine(isolated, { ...setup, network: { by: 'user' } }), '-netdev');
    expect(user).toContain('restrict=on');
    expect(user).toContain('hostfwd=udp:127.0.0.1:5353-:53');
    // Never open, whatever the plan says: passt is the only way out.
    for (const hostLoopback of [false, true]) {
      const nat: Plan = { ...plan, network: { kind: 'nat', hostLoopback, ...joined } };
      const [closed] = values(commandLine(nat, { ...setup, network: { by: 'user' } }), '-netdev');
      expect(closed).toBe(user);
    }
  });

  it('has no card without a network', () => {
    const args = commandLine({ ...plan, network: { kind: 'none' } }, { ...setup, network: { by: 'none' } });
    expect(values(args, '-netdev')).toEqual([]);
    expect(devices(args)).not.toContain('virtio-net-pci');
  });

  it('shares folders by virtiofs with shared memory, and by 9p without', () => {
    const shares = [
      { tag: 'one,two', path: '/a,b', readOnly: true },
      { tag: 'x', path: '/x', readOnly: false },
    ];
    const mixed: QemuSetup = { ...setup, shares: [{ by: '9p' }, { by: 'virtiofs', socket: 'share1.sock' }] };
    const args = commandLine({ ...plan, shares }, mixed);
    expect(values(args, '-fsdev')).toEqual([
      'local,id=share0,path=/a,,b,security_model=mapped-xattr,readonly=on,multidevs=remap',
    ]);
    expect(values(args, '-device')).toContain('vhost-user-fs-pci,id=share1-device,chardev=share1,tag=x');
    expect(values(args, '-machine')[0]).toContain('memory-backend=memory');
    expect(values(args, '-object')[0]).toContain('share=on');
  });

  it('waits for a saved state only if there is one', () => {
    expect(commandLine(plan, setup)).not.toContain('-incoming');
    expect(commandLine(plan, { ...setup, incoming: true }).slice(-3)).toEqual(['-S', '-incoming', 'defer']);
  });

  it('keeps commas in names', () => {
    expect(values(commandLine({ ...plan, name: 'a,b' }, setup), '-name')).toEqual(['guest=a,,b']);
    expect(escapeComma('a,,b')).toBe('a,,,,b');
  });
});
