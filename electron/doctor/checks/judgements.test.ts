import { describe, expect, it } from 'vitest';
import type { Host } from '../../contract/host.ts';
import { formatSubnet, parseSubnet, subnetOf } from '../../network/ipv4.ts';
import type { RangeUse } from '../../network/mac/address-range.ts';
import type { Finding } from '../check.ts';
import { judgeRange } from './address-range.ts';
import { judgeOffset, judgeSynchronized, offsetOf } from './clock.ts';
import { judgeKeychain } from './credentials.ts';
import { judgeClosed, judgeOverlap, judgeReach, parseProcRoutes } from './guest-network.ts';
import { judgeHomes } from './homes.ts';
import { judge as judgeHypervisor } from './hypervisor.ts';
import { judgeSlots, vzProcesses } from './processes.ts';
import { judgeSoftnet } from './softnet.ts';
import { judgeMemory, judgeSpace } from './space.ts';

const said = ({ state, summary }: Finding): string => `${state}: ${summary}`;
const cureOf = ({ cures = [] }: Finding): string | undefined => cures[0]?.says ?? cures[0]?.place;

describe('The hypervisor', () => {
  const guest = (more: Partial<Host['guests'][number]>): Host['guests'][number] => ({
    ...{ os: 'linux', arch: 'amd64', driver: 'qemu' },
    ...more,
  });

  it('runs guests of this host, and of others too', () => {
    const finding = judgeHypervisor(
      [guest({ accelerator: 'KVM' }), guest({ arch: 'arm64', accelerator: 'emulation (slow)' })],
      ...(['amd64', 'This computer', undefined] as const),
    );
    expect(said(finding)).toBe('passed: Guests run, those of other processors too.');
    expect(finding.lookedAt).toBe('Linux amd64: KVM; Linux arm64: emulation (slow)');
  });

  it('emulates, for the reason that the device gives', () => {
    const slow = [guest({ accelerator: 'emulation (slow)' })];
    const reason = 'You may not use /dev/kvm.';
    const cure = { id: 'x', title: 'x', kind: 'command', says: 'usermod' } as const;
    const finding = judgeHypervisor(slow, 'amd64', 'This computer', { reason, cure });
    expect(said(finding)).toBe(`attention: Guests are emulated, which is many times slower. ${reason}`);
    expect(cureOf(finding)).toBe('usermod');
    expect(said(judgeHypervisor(slow, 'amd64', 'This computer', undefined))).toContain('KVM was tried');
  });

  it('is missing, with its own words', () => {
    const finding = judgeHypervisor([guest({ notAvailable: 'Install QEMU.' })], 'amd64', 'This computer', undefined);
    expect(said(finding)).toBe('failed: This computer can’t run guests of its own kind. Install QEMU.');
  });
});

describe('The loopback', () => {
  const probe = (...reached: string[]) => ({ ran: true as const, addressCount: 9, reached });
  const silent = { ran: false as const, said: 'No routable interface' };

  it('is closed where no packet arrives, and what passt alone would do is told', () => {
    const finding = judgeClosed('/bin/passt', probe(), probe('127.0.0.1', '::1'), []);
    expect(said(finding)).toBe('passed: Guests can’t reach services that listen only on 127.0.0.1 or ::1');
    expect(finding.lookedAt).toContain('none arrived. Without it, those to 127.0.0.1, ::1 would.');
    expect(judgeClosed('/bin/passt', probe(), probe(), []).lookedAt).toContain('passt itself holds them back, too.');
    expect(judgeClosed('/bin/passt', probe(), silent, []).lookedAt).toContain('passt did not answer');
  });

  it('is not closed to machines that it was opened to', () => {
    const { summary } = judgeClosed('/bin/passt', probe(), probe(), ['web', 'db']);
    expect(summary).toMatch(/, but for web, db, which it was opened to$/);
  });

  it('is open where one packet arrives', () => {
    const finding = judgeClosed('/bin/passt', probe('::'), probe('::'), []);
    expect(said(finding)).toBe(
      'failed: Guests reach services that listen only on this computer’s 127.0.0.1 or ::1, by ::.',
    );
    expect(finding.lookedAt).toContain('isolated network');
  });

  it('is not called closed where nothing could be tried', () => {
    const finding = judgeClosed('/bin/passt', silent, silent, []);
    expect(said(finding)).toMatch(/^attention: Guests have no network, because passt does not start here/);
    expect(finding.details).toBe('No routable interface');
  });
});

describe('Space and memory', () => {
  it.each([
    [4.1e9, 'failed'],
    [12e9, 'attention'],
    [80e9, 'passed'],
  ])('with %d bytes free is %s', (freeBytes, state) => {
    expect(judgeSpace({ path: '/home', freeBytes, totalBytes: 500e9 }).state).toBe(state);
  });

  it('tells what every home holds, and which can’t be reached', () => {
    const sizes = { machinesBytes: 2e9, cacheBytes: 1e9, freeBytes: 50e9, totalBytes: 100e9, fileSystem: 'apfs' };
    const well = { path: '/a', inUse: true, isNext: true, machineCount: 2, clones: true, ...sizes };
    expect(judgeHomes([well])).toMatchObject({
      state: 'passed',
      details: '/a: 2 machines with 2 GB, cache with 1 GB; 50 GB of 100 GB free',
    });
    const gone = { ...well, path: "/Volumes/Ann's", inUse: false, isNext: false, unavailable: 'There is no folder.' };
    const finding = judgeHomes([well, gone]);
    expect(finding.state).toBe('attention');
    expect(finding.details).toContain("/Volumes/Ann's: There is no folder.");
    expect(finding.cures?.map(({ says }) => says)).toEqual([undefined, "tatin home remove '/Volumes/Ann'\\''s'"]);
    expect(
      judgeHomes([
        { ...well, isNext: false },
        { ...gone, isNext: true },
      ]).state,
    ).toBe('failed');
  });

  it('says that a home is gone', () => {
    const home = { path: '/x', freeBytes: 0, totalBytes: 0, error: 'No such file.' };
    expect(said(judgeSpace(home))).toBe('failed: The machines can’t be reached. No such file.');
  });

  it('counts memory in binary', () => {
    const gib = 1024 ** 3;
    expect(said(judgeMemory({ memoryAvailableBytes: 12 * gib, memoryBytes: 32 * gib }))).toBe(
      'passed: 12 GB of 32 GB free for guests',
    );
    expect(judgeMemory({ memoryAvailableBytes: gib / 2, memoryBytes: 32 * gib }).state).toBe('attention');
  });
});

describe('The Keychain', () => {
  it('is known to be locked by the real errors, over SSH and not', () => {
    const locked =
      'security: SecKeychainCopySettings /Users/a/Library/Keychains/login.keychain-db: User interaction is not allowed.';
    const finding = judgeKeychain(36, locked, true);
    expect(finding).toMatchObject({ state: 'failed', details: locked });
    expect(finding.summary).toContain('over SSH');
    expect(finding.summary).toContain('TART_REGISTRY_PASSWORD');
    expect(cureOf(finding)).toBe('security unlock-keychain login.keychain');
    expect(judgeKeychain(1, 'OSStatus -25308', false).summary).not.toContain('SSH');
  });

  it('may not be there at all', () => {
    for (const text of ['The specified keychain could not be found.', 'error -25294', 'A default keychain: -25307'])
      expect(cureOf(judgeKeychain(50, text, false))).toContain('create-keychain');
    expect(judgeKeychain(0, '', false).state).toBe('passed');
  });
});

describe('The network of guests', () => {
  it('meets another one', () => {
    const subnet = parseSubnet('192.168.64.0/24') ?? subnetOf(0, 32);
    const vpn = { title: 'a route through utun4', subnet: parseSubnet('192.168.0.0/16') ?? subnetOf(0, 32) };
    const finding = judgeOverlap(subnet, [vpn], '192.168.77.1 would be free.');
    expect(said(finding)).toBe(
      'attention: Guests are on 192.168.64.0/24, and so is a route through utun4 (192.168.0.0/16). 192.168.77.1 would be free.',
    );
    expect(judgeOverlap(subnet, [], '').state).toBe('passed');
  });

  it('is compared with the routes of Linux', () => {
    const text = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
virbr0\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
`;
    expect(parseProcRoutes(text).map(({ network, subnet }) => [network, formatSubnet(subnet)])).toEqual([
      ['eth0', '0.0.0.0/0'],
      ['eth0', '192.168.0.0/24'],
      ['virbr0', '10.0.2.0/24'],
    ]);
  });

  it('is refused by macOS, not by the guest', () => {
    expect(judgeReach('192.168.64.12', 'no-route')).toMatchObject({ state: 'failed' });
    expect(judgeReach('192.168.64.12', 'refused').state).toBe('passed');
    expect(judgeReach('192.168.64.12', 'silent').state).toBe('skipped');
  });
});

describe('The range of addresses', () => {
  const use = (more: Partial<RangeUse>): RangeUse => ({
    ...{ total: 253, inUse: 4, held: 0, expired: 0, free: 249, newInLastHour: 0 },
    ...more,
  });

  it.each([
    [use({}), 'passed: 4 of 253 addresses taken'],
    [
      use({ held: 189, newInLastHour: 7, hoursLeft: 3.1 }),
      'attention: 193 of 253 addresses are taken. At the pace of the last hour, 7 new machines, none will be left in about 3 hours.',
    ],
    [use({ held: 230 }), 'attention: 234 of 253 addresses are taken.'],
    [use({ held: 249 }), 'failed: 253 of 253 addresses are taken: new machines get none.'],
  ])('is said with its numbers', (given, words) => {
    expect(said(judgeRange(given, '192.168.64.0/24'))).toBe(words);
  });
});

describe('Guests without a machine', () => {
  it('are told from other processes of a Mac', () => {
    const printed = `    1 /sbin/launchd
  501 /System/Library/Frameworks/Virtualization.framework/Versions/A/XPCServices/com.apple.Virtualization.VirtualMachine.xpc/Contents/MacOS/com.apple.Virtualization.VirtualMachine
  502 /usr/bin/vim com.apple.Virtualization.VirtualMachine.txt
`;
    expect(vzProcesses(printed)).toEqual([501]);
  });

  it('take slots, which are named', () => {
    expect(said(judgeSlots(['sequoia-ci']))).toBe('passed: 1 of 2 in use, by sequoia-ci');
    expect(said(judgeSlots(['a', 'b']))).toContain('by a and b: macOS starts no third');
  });
});

describe('Softnet', () => {
  it('needs the right, in one of two ways', () => {
    expect(judgeSoftnet('/opt/softnet', 'set-uid').state).toBe('passed');
    expect(judgeSoftnet('/opt/softnet', 'sudo').state).toBe('passed');
    expect(cureOf(judgeSoftnet('/opt/softnet', 'none'))).toBe(
      `sudo chown root '/opt/softnet' && sudo chmod u+s '/opt/softnet'`,
    );
  });
});

describe('The clock', () => {
  it('is judged by how far it is off', () => {
    expect(offsetOf('+0.012345 +/- 0.023456 time.apple.com 17.253.14.125\n')).toBe(0.012345);
    expect(offsetOf('sntp: no response')).toBeUndefined();
    expect(said(judgeOffset(-0.02))).toBe('passed: 0.02 s off network time');
    expect(said(judgeOffset(400))).toContain('400 s slow');
    expect(judgeOffset(undefined).state).toBe('skipped');
  });

  it('follows a time server or does not', () => {
    expect(
      [judgeSynchronized('yes'), judgeSynchronized('no'), judgeSynchronized(undefined)].map(({ state }) => state),
    ).toEqual(['passed', 'attention', 'skipped']);
  });
});
