import { describe, expect, it } from 'vitest';
import { AppError, type ErrorCode } from '../../contract/errors.ts';
import { type Annotations, annotationsSchema, portForwardSchema } from '../../contract/machine.ts';
import { type VmConfig, parseConfig } from '../../library/config.ts';
import type { RunOptions } from '../machine.ts';
import { type Plan, type PlanFacts, buildPlan } from './plan.ts';

const gibibyte = 1024 ** 3;

const facts: PlanFacts = {
  guests: [
    { os: 'linux', arch: 'amd64', driver: 'qemu', accelerator: 'KVM' },
    { os: 'linux', arch: 'arm64', driver: 'qemu', notAvailable: 'Install QEMU for arm64 guests.' },
    { os: 'darwin', arch: 'arm64', driver: 'vz', notAvailable: 'macOS guests need a Mac.' },
  ],
  maxCpus: 255,
  memoryAvailableBytes: 8 * gibibyte,
};

const config = parseConfig(
  JSON.stringify({
    version: 1,
    os: 'linux',
    arch: 'amd64',
    cpuCountMin: 1,
    cpuCount: 4,
    memorySizeMin: gibibyte,
    memorySize: 2 * gibibyte,
    macAddress: '02:aa:bb:cc:dd:ee',
    display: { width: 1280, height: 800 },
  }),
);

interface Given {
  config?: Partial<VmConfig>;
  annotations?: Partial<Annotations>;
  options?: RunOptions;
  facts?: Partial<PlanFacts>;
}

function plan(given: Given = {}): Plan {
  const vm = {
    folder: '/home/vms/web server',
    config: { ...config, ...given.config },
    annotations: { ...annotationsSchema.parse({}), ...given.annotations },
  };
  return buildPlan(vm, given.options ?? {}, { ...facts, ...given.facts });
}

function refusal(given: Given): AppError {
  try {
    plan(given);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

const forward = (hostPort: number, more: object = {}) => portForwardSchema.parse({ hostPort, guestPort: 80, ...more });

describe('A plan', () => {
  it('has what config.json says, and the usual devices', () => {
    expect(plan()).toEqual({
      name: 'web server',
      arch: 'amd64',
      cpuCount: 4,
      memoryBytes: 2 * gibibyte,
      disks: [
        { path: '/home/vms/web server/disk.img', kind: 'disk', readOnly: false, sync: 'full', caching: 'automatic' },
      ],
      network: {
        kind: 'nat',
        macAddress: '02:aa:bb:cc:dd:ee',
        forwards: [],
        subnet: '10.0.2.0/24',
        hostLoopback: false,
      },
      shares: [],
      display: { width: 1280, height: 800 },
      keyboard: true,
      pointer: true,
      nested: false,
    });
  });

  it('takes disks, folders and forwards from the sidecar unless the run has its own', () => {
    const annotations = {
      extraDisks: [{ path: '/data/a.img', readOnly: false }],
      sharedFolders: [{ name: 'src', path: '/src', readOnly: true }],
      portForwards: [forward(8080)],
    };
    const kept = plan({ annotations });
    expect(kept.disks[1]?.path).toBe('/data/a.img');
    expect(kept.shares).toEqual([{ tag: 'src', path: '/src', readOnly: true }]);
    expect(kept.network).toMatchObject({ forwards: [{ hostPort: 8080 }] });
    const own = plan({ annotations, options: { extraDisks: [], sharedFolders: [], portForwards: [forward(9090)] } });
    expect(own.disks).toHaveLength(1);
    expect(own.shares).toEqual([]);
    expect(own.network).toMatchObject({ forwards: [{ hostPort: 9090 }] });
  });

  it.each([
    ['/iso/debian.iso', 'disc', true],
    ['/iso/DEBIAN.ISO', 'disc', true],
    ['/data/a.img', 'disk', false],
    ['/dev/sdb', 'disk', false],
  ] as const)('makes of %s a %s', (path, kind, readOnly) => {
    expect(plan({ options: { extraDisks: [{ path, readOnly: false }] } }).disks[1]).toMatchObject({ kind, readOnly });
  });

  it('keeps the order of disks, the own one first', () => {
    const extraDisks = ['/z.iso', '/a.img'].map((path) => ({ path, readOnly: false }));
    expect(plan({ options: { extraDisks } }).disks.map(({ path }) => path)).toEqual([
      '/home/vms/web server/disk.img',
      '/z.iso',
      '/a.img',
    ]);
  });

  it('honours how the own disk is to be used', () => {
    const rootDisk = { readOnly: true, sync: 'none', caching: 'uncached' } as const;
    expect(plan({ options: { rootDisk } }).disks[0]).toMatchObject(rootDisk);
  });

  it('rounds memory down to whole MiB', () => {
    expect(plan({ config: { memorySize: 2 * gibibyte + 5 } }).memoryBytes).toBe(2 * gibibyte);
  });

  it('has neither network nor forwards if told so', () => {
    const options: RunOptions = { network: { mode: 'none' }, portForwards: [forward(1), forward(1)] };
    expect(plan({ options }).network).toEqual({ kind: 'none' });
  });

  it('gives a share the tag it is asked for', () => {
    const sharedFolders = [{ name: 'x', path: '/x', readOnly: false, tag: 'com.apple.virtio-fs.automount' }];
    expect(plan({ options: { sharedFolders } }).shares[0]?.tag).toBe('com.apple.virtio-fs.automount');
  });

  it('lets one port lead in by TCP and by UDP, and by different addresses', () => {
    const portForwards = [
      forward(53),
      forward(53, { protocol: 'udp' }),
      forward(54, { hostAddress: '127.0.0.1' }),
      forward(54, { hostAddress: '127.0.0.2' }),
    ];
    expect(plan({ options: { portForwards } }).network).toMatchObject({ forwards: portForwards });
  });
});

describe('A plan is refused', () => {
  it.each<[string, Given, ErrorCode, RegExp]>([
    ['for a macOS guest', { config: { os: 'darwin', arch: 'arm64' } }, 'wrong-architecture', /macOS for arm64/],
    ['for an architecture without QEMU', { config: { arch: 'arm64' } }, 'wrong-architecture', /Linux for arm64/],
    [
      'where no guest can run',
      { facts: { guests: facts.guests.map((guest) => ({ ...guest, notAvailable: 'Install QEMU.' })) } },
      'no-hypervisor',
      /Install QEMU/,
    ],
    ['for more memory than is left', { config: { memorySize: 9 * gibibyte } }, 'not-enough-memory', /9 GB.*8 GB/],
    ['for too little memory', { config: { memorySize: 1024 ** 2 } }, 'invalid-input', /64 MB/],
    ['for more CPUs than the machine has places', { config: { cpuCount: 256 } }, 'invalid-input', /256.*255/],
    ['for an ASIF disk', { config: { diskFormat: 'asif' } }, 'not-supported', /ASIF/],
    ['for a group MAC address', { config: { macAddress: '01:00:5e:00:00:01' } }, 'invalid-input', /01:00:5e/],
    [
      'for a relative disk',
      { options: { extraDisks: [{ path: 'a.img', readOnly: false }] } },
      'invalid-input',
      /a\.img/,
    ],
    [
      'for a disk given twice',
      { options: { extraDisks: [1, 2].map(() => ({ path: '/a.img', readOnly: false })) } },
      'disk-in-use',
      /twice/,
    ],
    [
      'for the own disk given again',
      { options: { extraDisks: [{ path: '/home/vms/web server/disk.img', readOnly: true }] } },
      'disk-in-use',
      /twice/,
    ],
    ...['debian-12-arm64-netinst.iso', 'ubuntu_aarch64.iso', 'x-ARM64.ISO'].map(
      (leaf): [string, Given, ErrorCode, RegExp] => [
        `for the installer ${leaf}`,
        { options: { extraDisks: [{ path: `/iso/${leaf}`, readOnly: true }] } },
        'wrong-architecture',
        /another processor/,
      ],
    ),
    ['for two forwards of a port', { options: { portForwards: [forward(80), forward(80)] } }, 'invalid-input', /80/],
    [
      'for a forward on all addresses beside one on a single',
      { options: { portForwards: [forward(80), forward(80, { hostAddress: '0.0.0.0' })] } },
      'invalid-input',
      /TCP port 80/,
    ],
    [
      'for two shares of a name',
      { options: { sharedFolders: ['/a', '/b'].map((path) => ({ name: 'x', path, readOnly: false })) } },
      'invalid-input',
      /“x”/,
    ],
    [
      'for a tag that is too long in bytes',
      { options: { sharedFolders: [{ name: 'ü'.repeat(19), path: '/a', readOnly: false }] } },
      'invalid-input',
      /36|name/,
    ],
    [
      'for a relative share',
      { options: { sharedFolders: [{ name: 'x', path: 'a', readOnly: false }] } },
      'invalid-input',
      /whole path/,
    ],
  ])('%s', (_what, given, code, message) => {
    const error = refusal(given);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).not.toMatch(/undefined|null|\[object/);
  });

  it('not for an installer of the own architecture', () => {
    const extraDisks = ['debian-12-amd64.iso', 'x86_64.iso', 'arm-toolchain.iso'].map((leaf) => ({
      path: `/iso/${leaf}`,
      readOnly: true,
    }));
    expect(plan({ options: { extraDisks } }).disks).toHaveLength(4);
  });
});
