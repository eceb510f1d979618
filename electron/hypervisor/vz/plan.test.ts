import { describe, expect, it } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import { type Annotations, annotationsSchema, portForwardSchema } from '../../contract/machine.ts';
import { type VmConfig, parseConfig } from '../../library/config.ts';
import { buildVzPlan, tartVersionPort } from './plan.ts';
import type { VzPlan } from './planned.ts';
import { automountTag } from './plan-shares.ts';
import type { VzRunOptions } from './run-options.ts';
import { macFacts } from './testing/mac-facts.ts';
import type { VzFacts } from './document.ts';

const gibibyte = 1024 ** 3;
const folder = '/Users/me/.tart/vms/sequoia';

const shared = {
  version: 1,
  arch: 'arm64',
  cpuCountMin: 4,
  cpuCount: 4,
  memorySizeMin: 4 * gibibyte,
  memorySize: 8 * gibibyte,
  macAddress: '7a:65:e4:3f:b2:03',
  display: { width: 1920, height: 1200 },
};
const mac = parseConfig(JSON.stringify({ ...shared, os: 'darwin', ecid: 'ZWNpZA==', hardwareModel: 'bW9kZWw=' }));
const linux = parseConfig(JSON.stringify({ ...shared, os: 'linux' }));

interface Given {
  config?: VmConfig;
  annotations?: Partial<Annotations>;
  options?: VzRunOptions;
  facts?: Partial<VzFacts>;
  suspended?: boolean;
}

function plan({ config = mac, annotations, options = {}, facts, suspended = false }: Given = {}): VzPlan {
  const vm = { folder, config, annotations: { ...annotationsSchema.parse({}), ...annotations }, suspended };
  return buildVzPlan(vm, options, macFacts(facts));
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

const forward = portForwardSchema.parse({ hostPort: 2222, guestPort: 22 });

describe('The plan of a macOS guest', () => {
  it('has the identity of config.json and the NVRAM of its folder', () => {
    expect(plan().platform).toEqual({
      kind: 'mac',
      hardwareModel: 'bW9kZWw=',
      machineIdentifier: 'ZWNpZA==',
      auxiliaryStorage: `${folder}/nvram.bin`,
    });
    expect(plan().boot).toEqual({ kind: 'mac' });
  });

  it.each([
    ['points where config.json names no unit', undefined, 'points'],
    ['points', 'pt', 'points'],
    ['pixels', 'px', 'pixels'],
  ] as const)('measures its display in %s', (_what, unit, expected) => {
    const display = unit === undefined ? mac.display : { ...mac.display, unit };
    expect(plan({ config: { ...mac, display } }).display).toEqual({
      kind: 'mac',
      width: 1920,
      height: 1200,
      unit: expected,
      pixelsPerInch: 72,
    });
  });

  it('has only what can be saved when it is suspendable', () => {
    expect(plan({ options: { suspendable: true } })).toMatchObject({
      suspendable: true,
      keyboards: ['mac'],
      pointers: ['trackpad'],
      audio: { input: 'none', output: 'silent' },
      entropy: false,
      balloon: false,
      usbController: false,
    });
  });

  it('has all devices when it is not', () => {
    expect(plan({ options: { suspendable: false } })).toMatchObject({
      suspendable: false,
      keyboards: ['usb', 'mac'],
      pointers: ['usb', 'trackpad'],
      audio: { input: 'host', output: 'host' },
      entropy: true,
      usbController: true,
    });
  });

  it.each<[string, Given, boolean]>([
    ['by itself where the Mac saves state', {}, true],
    ['not by itself before macOS 14', { facts: { savesState: false } }, false],
    ['not by itself without a pointer', { options: { pointer: false } }, false],
    ['not by itself in recoveryOS', { options: { recovery: true } }, false],
    ['because it is suspended', { suspended: true, options: { suspendable: false } }, true],
  ])('is suspendable %s', (_what, given, expected) => {
    expect(plan(given).suspendable).toBe(expected);
  });

  it.each<[string, Given]>([
    ['--no-trackpad', { options: { suspendable: true, trackpad: false } }],
    ['--no-keyboard', { options: { suspendable: true, keyboard: false } }],
    ['--no-pointer', { suspended: true, options: { pointer: false } }],
  ])('can’t be suspendable with %s', (_what, given) => {
    expect(refusal(given).code).toBe('invalid-input');
  });

  it('leaves out what is not wanted', () => {
    const bare = plan({
      options: { suspendable: false, keyboard: false, pointer: false, audio: false, clipboard: false },
    });
    expect(bare).toMatchObject({ keyboards: [], pointers: [], audio: { input: 'none', output: 'silent' } });
    expect(bare.consoles).toEqual([{ kind: 'named', name: tartVersionPort }]);
    expect(plan({ options: { trackpad: false } }).pointers).toEqual(['usb']);
  });

  it('has no Mac keyboard before macOS 14', () => {
    const facts = { macOS: { major: 13, minor: 6 }, savesState: false };
    expect(plan({ facts })).toMatchObject({ keyboards: ['usb'], pointers: ['usb', 'trackpad'], usbController: false });
  });

  it('tells the agent in the guest which Tart it is run by', () => {
    const named = plan().consoles.find((console) => console.kind === 'named');
    // The agent wants a version, and 2 or more of it.
    expect(named).toMatchObject({ name: expect.stringMatching(/^tart-version-([2-9]|\d{2,})\.\d+\.\d+$/) as string });
  });

  it('starts into recoveryOS, or with a first account', () => {
    const account = {
      fullName: 'A B',
      username: 'ab',
      password: 'x',
      logsInAutomatically: true,
      enablesRemoteLogin: false,
    };
    expect(plan().start).toEqual({ recovery: false, provisioning: null });
    expect(plan({ options: { recovery: true } }).start.recovery).toBe(true);
    expect(plan({ options: { provisioning: account } }).start.provisioning).toEqual(account);
    expect(refusal({ options: { provisioning: account }, facts: { provisioning: false } }).code).toBe('not-supported');
  });

  it('has at least what the installer asked for', () => {
    expect(refusal({ config: { ...mac, cpuCount: 2 } }).message).toContain('fewer than the guest needs (4)');
    expect(refusal({ config: { ...mac, memorySize: 2 * gibibyte } }).message).toContain('4 GB');
  });

  it('is not for Intel Macs', () => {
    const config = { ...mac, arch: 'amd64' } as const;
    expect(refusal({ config, facts: { macGuests: false } }).code).toBe('wrong-architecture');
    expect(refusal({ facts: { macGuests: false } }).code).toBe('wrong-architecture');
  });

  it('can’t run guests itself', () => {
    expect(refusal({ options: { nested: true } }).code).toBe('not-supported');
  });
});

describe('The plan of a Linux guest', () => {
  it('starts by EFI, on pixels, with the devices that Linux knows', () => {
    expect(plan({ config: linux })).toMatchObject({
      platform: { kind: 'generic', machineIdentifier: null, nested: false },
      boot: { kind: 'efi', variableStore: `${folder}/nvram.bin` },
      display: { kind: 'virtio', width: 1920, height: 1200 },
      keyboards: ['usb'],
      pointers: ['usb'],
      entropy: true,
      balloon: true,
      suspendable: false,
    });
  });

  it.each<[string, VzRunOptions, Partial<VzFacts>]>([
    ['recoveryOS', { recovery: true }, {}],
    ['suspending', { suspendable: true }, {}],
    ['a trackpad', { trackpad: false }, {}],
    ['guests of its own on a Mac without them', { nested: true }, { nested: false }],
  ])('has no %s', (_what, options, facts) => {
    expect(refusal({ config: linux, options, facts }).code).toBe('not-supported');
  });

  it('runs guests itself where the Mac can', () => {
    expect(plan({ config: linux, options: { nested: true } }).platform).toMatchObject({ nested: true });
  });

  it.each<[string, Partial<VmConfig>, string]>([
    ['too few CPUs', { cpuCount: 0 }, 'invalid-input'],
    ['too many CPUs', { cpuCount: 99 }, 'invalid-input'],
    ['too little memory', { memorySize: 1024 ** 2 }, 'invalid-input'],
    ['too much memory', { memorySize: 1024 * gibibyte }, 'not-enough-memory'],
    ['the other processor', { arch: 'amd64' }, 'wrong-architecture'],
  ])('is refused with %s', (_what, changes, code) => {
    expect(refusal({ config: { ...linux, ...changes } }).code).toBe(code);
  });

  it('takes whole MiB of memory', () => {
    expect(plan({ config: { ...linux, memorySize: gibibyte + 5 } }).memoryBytes).toBe(gibibyte);
  });
});

describe('The plan’s display', () => {
  it.each([
    ['macOS guests take the window’s size', mac, undefined, true],
    ['Linux guests keep theirs', linux, undefined, false],
    ['config.json has the last word', mac, false, false],
    ['config.json has the last word for Linux', linux, true, true],
  ] as const)('is refitted: %s', (_what, config, displayRefit, expected) => {
    expect(plan({ config: { ...config, displayRefit } }).displayRefit).toBe(expected);
  });
});

describe('The plan’s disks', () => {
  it.each([
    ['macOS', mac, 'automatic'],
    ['Linux', linux, 'cached'],
  ] as const)('are cached as is safe for %s', (_os, config, caching) => {
    expect(plan({ config }).storage[0]).toEqual({
      device: 'virtio',
      identifier: null,
      attachment: { kind: 'image', path: `${folder}/disk.img`, readOnly: false, caching, synchronization: 'full' },
    });
  });

  it('follow what is asked of the first', () => {
    const rootDisk = { readOnly: true, sync: 'none', caching: 'uncached' } as const;
    expect(plan({ options: { rootDisk } }).storage[0].attachment).toMatchObject({
      readOnly: true,
      synchronization: 'none',
      caching: 'uncached',
    });
  });

  it.each([
    ['/Users/me/extra.img', { device: 'virtio', attachment: { kind: 'image', readOnly: false } }],
    ['/Users/me/debian-13-arm64.ISO', { device: 'usb', attachment: { kind: 'image', readOnly: true } }],
    ['/dev/disk4', { device: 'virtio', attachment: { kind: 'block', path: '/dev/disk4' } }],
    ['nbd://server:10809/export', { device: 'virtio', attachment: { kind: 'nbd', timeoutSeconds: 30 } }],
    ['nbds+unix:///name?socket=/tmp/s', { device: 'virtio', attachment: { kind: 'nbd' } }],
  ])('take %s for what it is', (place, expected) => {
    const options = { extraDisks: [{ path: place, readOnly: false }] };
    expect(plan({ config: linux, options }).storage[1]).toMatchObject(expected);
  });

  it.each([
    ['a path from nowhere', 'extra.img', 'invalid-input', {}],
    ['the VM’s own disk again', `${folder}/disk.img`, 'disk-in-use', {}],
    ['a disc for the other processor', '/d/ubuntu-24.04-live-server-amd64.iso', 'wrong-architecture', {}],
    ['a drive before macOS 14', '/dev/disk4', 'not-supported', { macOS: { major: 13, minor: 0 }, savesState: false }],
    [
      'a network disk before macOS 14',
      'nbd://s/e',
      'not-supported',
      { macOS: { major: 13, minor: 0 }, savesState: false },
    ],
  ])('refuse %s', (_what, place, code, facts) => {
    expect(refusal({ options: { extraDisks: [{ path: place, readOnly: false }] }, facts }).code).toBe(code);
  });

  it('may be ASIF from macOS 26 on', () => {
    const config = { ...linux, diskFormat: 'asif' } as const;
    expect(plan({ config }).storage[0].attachment).toMatchObject({ kind: 'image' });
    expect(refusal({ config, facts: { macOS: { major: 15, minor: 5 } } }).code).toBe('not-supported');
  });
});

describe('The plan’s networks', () => {
  const { macAddress } = mac;

  it('are NAT where nothing is asked for', () => {
    expect(plan().networks).toEqual([{ macAddress, attachment: { kind: 'nat' } }]);
    expect(plan({ options: { network: { mode: 'none' } } }).networks).toEqual([]);
  });

  it('are of the machine’s own where ports are forwarded, with a reserved address', () => {
    const portForwards = [{ ...forward, hostAddress: '0.0.0.0' }];
    const [network] = plan({ annotations: { portForwards } }).networks;
    expect(plan({ annotations: { portForwards } }).proxied).toEqual([]);
    expect(network?.attachment).toEqual({
      kind: 'vmnet',
      mode: 'shared',
      subnet: { address: expect.stringMatching(/^192\.168\.\d+\.1$/) as string, mask: '255.255.255.0' },
      reservation: { macAddress, address: expect.stringMatching(/^192\.168\.\d+\.2$/) as string },
      forwards: [
        {
          protocol: 'tcp',
          hostPort: 2222,
          guestPort: 22,
          guestAddress: expect.stringMatching(/^192\.168\.(12[89]|1[3-9]\d|2[0-4]\d)\.2$/) as string,
        },
      ],
    });
  });

  it('stay NAT before macOS 26, and for forwards of the loopback, which Tatin carries', () => {
    const portForwards = [forward, { ...forward, hostAddress: '0.0.0.0', hostPort: 2223 }];
    const given = { annotations: { portForwards }, facts: { ownSubnets: false } };
    expect(plan(given)).toMatchObject({ networks: [{ attachment: { kind: 'nat' } }], proxied: portForwards });
    const loopback = plan({ annotations: { portForwards: [forward] } });
    expect(loopback).toMatchObject({ networks: [{ attachment: { kind: 'nat' } }], proxied: [forward] });
  });

  it('are bridged to each interface that is named, by identifier or name, each card with an address of its own', () => {
    const networks = [
      { kind: 'bridged', interface: 'en0' },
      { kind: 'bridged', interface: 'Thunderbolt Bridge' },
    ] as const;
    expect(plan({ options: { networks } }).networks).toEqual([
      { macAddress, attachment: { kind: 'bridged', interface: 'en0' } },
      {
        macAddress: expect.stringMatching(/^.[26ae]:/) as string,
        attachment: { kind: 'bridged', interface: 'bridge0' },
      },
    ]);
    const twice = networks.map((one) => ({ ...one, macAddress: '02:00:00:00:00:01' }));
    expect(refusal({ options: { networks: twice } }).message).toContain('02:00:00:00:00:01');
  });

  it.each<[string, VzRunOptions, Partial<VzFacts>, string]>([
    ['an unknown interface', { networks: [{ kind: 'bridged', interface: 'en9' }] }, {}, 'invalid-input'],
    [
      'bridging without the entitlement',
      { networks: [{ kind: 'bridged', interface: 'en0' }] },
      { bridgedInterfaces: [] },
      'not-supported',
    ],
    [
      'two kinds at once',
      { networks: [{ kind: 'bridged', interface: 'en0' }, { kind: 'softnet' }] },
      {},
      'invalid-input',
    ],
    [
      'a kind beside NAT',
      { networks: [{ kind: 'softnet' }], network: { mode: 'nat', hostLoopback: false } },
      {},
      'invalid-input',
    ],
    [
      'a subnet before macOS 26',
      { networks: [{ kind: 'vmnet', mode: 'shared' }] },
      { ownSubnets: false },
      'not-supported',
    ],
    ['a public subnet', { networks: [{ kind: 'vmnet', mode: 'shared', subnet: '8.8.8.0/24' }] }, {}, 'invalid-input'],
    [
      'a subnet that is none',
      { networks: [{ kind: 'vmnet', mode: 'shared', subnet: '192.168.7.5/24' }] },
      {},
      'invalid-input',
    ],
    ['a subnet too small', { networks: [{ kind: 'vmnet', mode: 'host', subnet: '10.0.0.0/31' }] }, {}, 'invalid-input'],
  ])('refuse %s', (_what, options, facts, code) => {
    expect(refusal({ options, facts }).code).toBe(code);
  });

  it('take the subnet that is asked for', () => {
    const networks = [{ kind: 'vmnet', mode: 'host', subnet: '10.4.0.0/16' }] as const;
    expect(plan({ options: { networks } }).networks[0]?.attachment).toMatchObject({
      mode: 'host',
      subnet: { address: '10.4.0.1', mask: '255.255.0.0' },
      reservation: { address: '10.4.0.2' },
    });
  });

  it('are with the Mac alone, by macOS itself where it can, else by Softnet', () => {
    const annotations: Partial<Annotations> = { network: { mode: 'host' } };
    expect(plan({ annotations }).networks[0]?.attachment).toMatchObject({ kind: 'vmnet', mode: 'host' });
    expect(plan({ annotations, facts: { ownSubnets: false } }).networks[0]?.attachment).toMatchObject({
      kind: 'softnet',
      hostOnly: true,
    });
  });

  it('are isolated by Softnet, which no port leads through', () => {
    const annotations: Partial<Annotations> = { network: { mode: 'isolated' } };
    expect(plan({ annotations }).networks[0]?.attachment).toMatchObject({ kind: 'softnet', block: ['0.0.0.0/0'] });
    expect(refusal({ annotations: { ...annotations, portForwards: [forward] } }).message).toContain('isolated');
  });

  it('are what the sidecar says, unless the run says otherwise', () => {
    const lists = { allow: ['10.0.0.0/8'], block: ['@host' as const], expose: [{ external: 2222, internal: 22 }] };
    const annotations: Partial<Annotations> = { network: { mode: 'softnet', ...lists } };
    expect(plan({ annotations }).networks[0]?.attachment).toEqual({ kind: 'softnet', ...lists });
    const nat = { mode: 'nat', hostLoopback: false } as const;
    expect(plan({ annotations, options: { network: nat } }).networks[0]?.attachment).toEqual({ kind: 'nat' });
    const networks = [{ kind: 'bridged', interface: 'en0' }] as const;
    expect(plan({ annotations, options: { networks } }).networks[0]?.attachment).toMatchObject({ kind: 'bridged' });
  });

  it('hand Softnet’s choice on', () => {
    const softnet = { kind: 'softnet', allow: ['10.0.0.0/8'], controlDescriptor: 5 } as const;
    expect(plan({ options: { networks: [softnet] } }).networks).toEqual([{ macAddress, attachment: softnet }]);
  });

  it('refuse the address of a group', () => {
    expect(refusal({ config: { ...mac, macAddress: '01:00:5e:00:00:01' } }).code).toBe('invalid-input');
  });
});

describe('The plan’s shares', () => {
  const one = { name: 'work', path: '/Users/me/work', readOnly: false };
  const two = { name: 'music', path: '/Users/me/music', readOnly: true };
  const folders = [
    { name: 'work', path: one.path, readOnly: false },
    { name: 'music', path: two.path, readOnly: true },
  ];

  it('are mounted by macOS guests themselves, each by its name', () => {
    expect(plan({ annotations: { sharedFolders: [one, two] } }).shares).toEqual([
      { tag: automountTag, share: { kind: 'multiple', folders } },
    ]);
  });

  it('have their names for tags in Linux guests', () => {
    expect(plan({ config: linux, annotations: { sharedFolders: [one, two] } }).shares).toEqual([
      { tag: 'work', share: { kind: 'single', path: one.path, readOnly: false } },
      { tag: 'music', share: { kind: 'single', path: two.path, readOnly: true } },
    ]);
  });

  it('go by tags that are given, the later of one name counting', () => {
    const sharedFolders = [
      { ...one, tag: 'both' },
      { ...two, tag: 'both' },
      { ...one, path: '/Users/me/new', tag: 'both' },
      { name: '', path: '/Users/me/single', readOnly: false, tag: 'alone' },
    ];
    expect(plan({ options: { sharedFolders } }).shares).toEqual([
      { tag: 'both', share: { kind: 'multiple', folders: [{ ...one, path: '/Users/me/new' }, two] } },
      { tag: 'alone', share: { kind: 'single', path: '/Users/me/single', readOnly: false } },
    ]);
  });

  it.each([
    [
      'nameless among several',
      [
        { ...one, name: '', tag: 't' },
        { ...two, tag: 't' },
      ],
    ],
    ['with a tag too long', [{ ...one, tag: 'x'.repeat(36) }]],
    ['from nowhere', [{ ...one, path: 'work' }]],
  ])('are refused %s', (_what, sharedFolders) => {
    expect(refusal({ options: { sharedFolders } }).code).toBe('invalid-input');
  });

  it('hold Rosetta for Linux guests', () => {
    expect(plan({ config: linux, options: { rosetta: { tag: 'rosetta' } } }).shares).toEqual([
      { tag: 'rosetta', share: { kind: 'rosetta' } },
    ]);
    for (const given of [
      { options: { rosetta: { tag: 'r' } } },
      { config: linux, options: { rosetta: { tag: 'r' } }, facts: { rosetta: 'notSupported' } as const },
    ])
      expect(refusal(given).code).toBe('not-supported');
  });
});

describe('The plan’s serial ports', () => {
  it('begin with the one that Tatin shows', () => {
    expect(plan().serialPorts).toEqual([{ kind: 'console' }]);
    expect(plan({ options: { serial: 'terminal' } }).serialPorts).toEqual([{ kind: 'console' }, { kind: 'terminal' }]);
    expect(plan({ options: { serial: { path: '/dev/ttys009' } } }).serialPorts[1]).toEqual({
      kind: 'device',
      path: '/dev/ttys009',
    });
  });
});
