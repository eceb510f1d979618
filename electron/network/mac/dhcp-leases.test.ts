import { truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { formatIpv4, subnetOf, parseIpv4 } from '../ipv4.ts';
import { rangeUse } from './address-range.ts';
import { type Lease, leaseOfMac, parseLeases, readLeases, withoutExpired } from './dhcp-leases.ts';

// Of the form that a Mac writes: tabs, bytes without leading zeros, a guest with a DUID, one without a name.
const table = `{
	name=sequoia-ci
	ip_address=192.168.64.12
	hw_address=1,7a:65:e4:3f:b2:1
	identifier=1,7a:65:e4:3f:b2:1
	lease=0x678e2ce7
}
{
	name=fedora
	ip_address=192.168.64.16
	hw_address=ff,f1:f5:dd:7f:0:2:0:0:ab:11
	identifier=ff,f1:f5:dd:7f:0:2:0:0:ab:11
	lease=0x678e2ce7
}
{
	ip_address=192.168.64.9
	hw_address=1,a:3e:5:77:c1:9
	lease=0x6780ffff
}
{
	name=sequoia-ci
	ip_address=192.168.64.13
	hw_address=1,7a:65:e4:3f:b2:1
	lease=0x678e3000
}
`;

const shown = ({ name, address, owner, problem }: Lease): unknown[] => [
  name,
  address === undefined ? undefined : formatIpv4(address),
  owner === undefined ? undefined : owner.kind === 'ethernet' ? owner.mac : owner.text,
  problem,
];

describe('The lease table', () => {
  it('is read for what it is: padded, without names, with identifiers that are no MAC address', () => {
    expect(parseLeases(table).map(shown)).toEqual([
      ['sequoia-ci', '192.168.64.12', '7a:65:e4:3f:b2:01', undefined],
      ['fedora', '192.168.64.16', 'ff,f1:f5:dd:7f:0:2:0:0:ab:11', undefined],
      [undefined, '192.168.64.9', '0a:3e:05:77:c1:09', undefined],
      ['sequoia-ci', '192.168.64.13', '7a:65:e4:3f:b2:01', undefined],
    ]);
    expect(parseLeases(table)[0]?.expiresAt).toEqual(new Date(0x678e2ce7 * 1000));
  });

  it('says which block is broken, and reads the next one', () => {
    const broken = `{\n\tname=cut\n{\n\tno setting\n\tip_address=192.168.64.2\n\thw_address=1,2:0:0:0:0:1\n\tlease=0x1\n}\n}\nstray\n{\n}\n`;
    expect(parseLeases(broken).map(({ name, problem }) => [name, problem])).toEqual([
      ['cut', 'its block has no end'],
      [undefined, '"no setting" is not a setting'],
      [undefined, 'a block ends that never began'],
      [undefined, '"stray" is in no block'],
      [undefined, 'it has no address'],
    ]);
  });

  it('is read whatever it holds', () => {
    const line = fc.constantFrom(
      '{',
      '}',
      '\tlease=0x',
      '\tip_address=',
      '\thw_address=1,',
      'x',
      '\tlease=0xffffffffff',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string())), (lines) => Array.isArray(parseLeases(lines.join('\n')))),
    );
  });

  it('loses its leases that are over and nothing else', () => {
    const mixed = `# of a later version\n${table}{\n\tname=strange\n}\n{\n\tname=cut`;
    const left = withoutExpired(mixed, new Date(0x678e2ce7 * 1000));
    expect(left).toBe(`# of a later version
{
	name=sequoia-ci
	ip_address=192.168.64.13
	hw_address=1,7a:65:e4:3f:b2:1
	lease=0x678e3000
}
{
	name=strange
}
{
	name=cut`);
    fc.assert(
      fc.property(fc.string(), (text) => withoutExpired(text, new Date(0)) === text || text.includes('lease=')),
    );
  });

  it('tells where a VM is by its freshest lease', () => {
    const at = (seconds: number) => leaseOfMac(parseLeases(table), '7A:65:e4:3f:b2:01', new Date(seconds * 1000));
    expect(formatIpv4(at(0x678e2000)?.address ?? 0)).toBe('192.168.64.13');
    expect(at(0x678e3001)).toBeUndefined();
  });
});

describe('The addresses of a subnet', () => {
  const subnet = subnetOf(parseIpv4('192.168.64.0') ?? 0, 24);
  const now = new Date(1_000_000_000_000);
  const lease = (last: number, mac: string, secondsLeft: number): Lease => ({
    address: subnet.base + last,
    owner: { kind: 'ethernet', mac },
    expiresAt: new Date(now.getTime() + secondsLeft * 1000),
  });

  it('are counted by who has them', () => {
    const leases = [
      lease(2, 'known', 80_000),
      lease(3, 'gone', 80_000),
      lease(4, 'gone too', -5),
      // The same address again, later: it counts once.
      lease(4, 'known', 10),
      lease(4, 'of another', -100),
      { problem: 'broken' },
    ];
    expect(rangeUse(leases, subnet, new Set(['known']), 86_400, now)).toEqual({
      total: 253,
      inUse: 2,
      held: 1,
      expired: 0,
      free: 250,
      newInLastHour: 0,
    });
  });

  it('are used up in the time that the last hour lets expect', () => {
    const fresh = Array.from({ length: 7 }, (_, index) => lease(10 + index, `new${index}`, 86_400 - 60));
    const old = Array.from({ length: 200 }, (_, index) => lease(30 + index, `old${index}`, 3000));
    const use = rangeUse([...fresh, ...old], subnet, new Set(), 86_400, now);
    expect(use.newInLastHour).toBe(7);
    expect(use.hoursLeft).toBeCloseTo(46 / 7);
    // With leases of ten minutes the same pace never fills it.
    expect(
      rangeUse(
        fresh.map((each) => ({ ...each, expiresAt: new Date(now.getTime() + 500_000) })),
        subnet,
        new Set(),
        600,
        now,
      ).hoursLeft,
    ).toBeUndefined();
  });
});

describe('The file of leases', () => {
  it('is read if the server could have written it', async () => {
    using folder = temporaryFolder();
    const file = path.join(folder.path, 'leases');
    expect(await readLeases(file)).toBe('');
    writeFileSync(file, table);
    expect(await readLeases(file)).toBe(table);
    truncateSync(file, 64 * 1024 ** 2 + 1);
    expect(await readLeases(file)).toBe('');
    expect(await readLeases('/dev/zero')).toBe('');
  });

  it('keeps of a name no more than a name may have', () => {
    const [lease] = parseLeases(`{\nname=${'x'.repeat(100_000)}\nhw_address=ff,${'1'.repeat(100_000)}\n}`);
    expect(lease?.name).toHaveLength(255);
    expect(lease?.owner).toMatchObject({ kind: 'identifier', text: expect.stringMatching(/^.{255}$/) as string });
  });
});
