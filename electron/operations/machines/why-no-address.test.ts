import { describe, expect, it } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import type { LeaseRow } from '../../contract/network.ts';
import { findAddress } from './find-address.ts';
import { type MissingAddressContext, whyNoAddress } from './why-no-address.ts';

const silent = new AppError('agent-unavailable', 'No agent answers.');
const now = Date.parse('2026-01-01T12:00:00Z');
const ran = (seconds: number): string => new Date(now - seconds * 1000).toISOString();
const nat = { mode: 'nat', hostLoopback: false } as const;
const use = { total: 253, inUse: 1, held: 0, expired: 0, free: 252, newInLastHour: 0 };
const duid: LeaseRow = { address: '192.168.64.5', owner: 'ff,1:2', ownerKind: 'identifier', isExpired: false };
const usual: MissingAddressContext = { network: nat, since: ran(600), isMac: true, agent: silent };

describe('The reason why there is no address', () => {
  it.each<[string, Partial<MissingAddressContext>, RegExp]>([
    ['no card', { network: { mode: 'none' } }, /no network card/],
    ['isolation on a Mac', { network: { mode: 'isolated' } }, /isolated/],
    ['a full range', { shared: { use: { ...use, free: 0 }, leases: [] } }, /all 253 .* taken/],
    ['a boot that goes on', { since: ran(12) }, /booting, 12 s/],
    ['a bridge without traffic', { network: { mode: 'bridged', interfaces: [{ interface: 'en0' }] } }, /bridged to/],
    ['a DUID', { shared: { use, leases: [duid] } }, /DUID/],
    ['a guest without DHCP', { agent: new AppError('no-address', 'None yet.') }, /has no IPv4 address/],
    ['no trace at all', {}, /No agent/],
  ])('may be %s', (_what, given, message) => {
    const error = whyNoAddress({ ...usual, ...given }, now);
    expect(error).toMatchObject({ code: 'no-address', message: expect.stringMatching(message) as string });
    expect(error.hint).not.toBe('');
  });

  it('on a Mac’s bridge may be that the local network is closed to Tatin', () => {
    const network = { mode: 'bridged', interfaces: [{ interface: 'en0' }] } as const;
    const hint = (isMac: boolean) =>
      whyNoAddress({ ...usual, network: { ...network, interfaces: [...network.interfaces] }, isMac }, now).hint;
    expect(hint(true)).toContain('Privacy');
    expect(hint(false)).not.toContain('Privacy');
  });

  it('is not looked for where the agent tells, nor where somebody else has heard of the guest', async () => {
    const address = { ip: '192.168.64.9', source: 'agent', at: new Date(now).toISOString() } as const;
    const sought = { since: ran(600), macAddress: '02:00:00:00:00:07', network: nat };
    const signal = new AbortController().signal;
    expect(await findAddress({ ...sought, agent: { address: () => Promise.resolve(address) } }, signal)).toBe(address);
    const arp = '? (192.168.1.23) at 2:0:0:0:0:7 on en0 ifscope [ethernet]\n';
    const run = () => Promise.resolve({ exitCode: 0, stdout: arp, stderr: '' });
    const found = await findAddress({ ...sought, agent: { address: () => Promise.reject(silent) } }, signal, {
      isMac: true,
      run,
    });
    expect(found).toMatchObject({ ip: '192.168.1.23', source: 'arp' });
    const none = findAddress({ ...sought, agent: { address: () => Promise.reject(silent) } }, signal, { isMac: false });
    await expect(none).rejects.toMatchObject({ code: 'no-address' });
  });
});
