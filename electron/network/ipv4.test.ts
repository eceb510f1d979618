import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contains,
  formatIpv4,
  formatSubnet,
  isPrivate,
  lastOf,
  maskOfPrefix,
  overlap,
  parseIpv4,
  parseSubnet,
  prefixOfMask,
  subnetOf,
} from './ipv4.ts';

const address = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const prefix = fc.integer({ min: 0, max: 32 });

describe('An IPv4 address', () => {
  it('is the same after it was written and read', () => {
    fc.assert(fc.property(address, (value) => parseIpv4(formatIpv4(value)) === value));
  });

  it.each(['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.4 ', '-1.2.3.4', '1e1.2.3.4', '0x7f.0.0.1'])(
    'is not %j',
    (text) => {
      expect(parseIpv4(text)).toBeUndefined();
    },
  );
});

describe('A subnet', () => {
  it('has the address that it was made of, and so does every wider one', () => {
    fc.assert(
      fc.property(address, prefix, prefix, (value, one, other) => {
        const [wide, narrow] = [subnetOf(value, Math.min(one, other)), subnetOf(value, Math.max(one, other))];
        return (
          contains(wide, value) && contains(narrow, value) && overlap(wide, narrow) && lastOf(narrow) <= lastOf(wide)
        );
      }),
    );
  });

  it('has no address of its neighbour', () => {
    fc.assert(
      fc.property(address, fc.integer({ min: 1, max: 32 }), (value, bits) => {
        const subnet = subnetOf(value, bits);
        const next = lastOf(subnet) + 1;
        return next >= 2 ** 32 || !overlap(subnet, subnetOf(next, bits));
      }),
    );
  });

  it('is read from each way in which routes are written', () => {
    const read = ['192.168.64', '192.168.64/24', '10', '127', '169.254', '172.16/12', '0.0.0.0/0'].map((text) => {
      const subnet = parseSubnet(text);
      return subnet === undefined ? undefined : formatSubnet(subnet);
    });
    expect(read).toEqual([
      '192.168.64.0/24',
      '192.168.64.0/24',
      '10.0.0.0/8',
      '127.0.0.0/8',
      '169.254.0.0/16',
      '172.16.0.0/12',
      '0.0.0.0/0',
    ]);
    expect(['default', 'fe80::1', '1.2.3.4/33', '1.2/3/4', ''].map(parseSubnet)).toEqual(Array(5).fill(undefined));
  });

  it('is private in the three blocks, whole', () => {
    const within = (text: string) => isPrivate(parseSubnet(text) ?? subnetOf(0, 0));
    expect(['10.1.0.0/16', '172.31.0.0/16', '192.168.255.0/24'].map(within)).toEqual([true, true, true]);
    expect(['172.32.0.0/16', '192.168.0.0/15', '8.8.8.0/24', '0.0.0.0/0'].map(within)).toEqual(Array(4).fill(false));
  });
});

describe('A mask', () => {
  it('is the same after it was a prefix', () => {
    fc.assert(fc.property(prefix, (bits) => prefixOfMask(maskOfPrefix(bits)) === bits));
  });

  it('has its ones in front', () => {
    expect(prefixOfMask(parseIpv4('255.0.255.0') ?? 0)).toBeUndefined();
    expect(prefixOfMask(parseIpv4('0.0.0.255') ?? 0)).toBeUndefined();
  });
});
