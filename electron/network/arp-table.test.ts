import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { neighbourOfMac, parseArp, parseProcArp } from './arp-table.ts';
import { formatIpv4 } from './ipv4.ts';

const printed = `? (192.168.64.1) at 3e:22:fb:a:b:64 on bridge100 ifscope permanent [bridge]
? (192.168.64.12) at 7a:65:e4:3f:b2:1 on bridge100 ifscope [bridge]
? (192.168.1.20) at (incomplete) on en0 ifscope [ethernet]
router.local (192.168.1.1) at 0:11:22:33:44:55 on en0 ifscope [ethernet]
? (224.0.0.251) at 1:0:5e:0:0:fb on en0 ifscope permanent [ethernet]
a line of some later version`;

describe('The ARP table of a Mac', () => {
  it('tells neighbours, with their bytes written in full', () => {
    expect(parseArp(printed).map(({ address, mac, network }) => [formatIpv4(address), mac, network])).toEqual([
      ['192.168.64.1', '3e:22:fb:0a:0b:64', 'bridge100'],
      ['192.168.64.12', '7a:65:e4:3f:b2:01', 'bridge100'],
      ['192.168.1.1', '00:11:22:33:44:55', 'en0'],
      ['224.0.0.251', '01:00:5e:00:00:fb', 'en0'],
    ]);
  });

  it('finds a VM by its MAC address, however it is written', () => {
    expect(formatIpv4(neighbourOfMac(parseArp(printed), '7A:65:E4:3F:B2:01')?.address ?? 0)).toBe('192.168.64.12');
    expect(neighbourOfMac(parseArp(printed), 'no address')).toBeUndefined();
  });

  it('is read whatever it holds', () => {
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseArp(text)) && Array.isArray(parseProcArp(text))));
  });
});

describe('The ARP table of Linux', () => {
  it('tells neighbours that answered', () => {
    const text = `IP address       HW type     Flags       HW address            Mask     Device
192.168.122.57   0x1         0x2         52:54:00:9c:11:de     *        virbr0
192.168.122.58   0x1         0x0         00:00:00:00:00:00     *        virbr0
`;
    expect(parseProcArp(text).map(({ mac, network }) => [mac, network])).toEqual([['52:54:00:9c:11:de', 'virbr0']]);
  });
});
