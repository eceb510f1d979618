import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayPass } from './frame-filter.ts';
import { arpQuestion, ethernet, transportFrame } from './frames.ts';
import { parseIpv4 } from './ipv4.ts';
import { ipv6Bytes, ipv6Text } from './testing/addresses.ts';

const mac = Buffer.from('525400123456', 'hex');
const guest4 = '10.0.2.15';
const guest6 = 'fd00::f';

function bytes4(address: string): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(parseIpv4(address) ?? 0);
  return bytes;
}

const bytesOf = (address: string): Buffer => (address.includes(':') ? ipv6Bytes(address) : bytes4(address));

interface Packet {
  from?: string;
  transport?: 'tcp' | 'udp';
  port?: number;
}

function frameTo(to: string, { from, transport = 'tcp', port = 80 }: Packet = {}): Buffer {
  const source = bytesOf(from ?? (to.includes(':') ? guest6 : guest4));
  const route = { source, destination: bytesOf(to), sourcePort: 40_000, destinationPort: port };
  return transportFrame(mac, transport, route, Buffer.from('hello'));
}

const passes = (frame: Buffer): boolean => mayPass(frame, 0, frame.length);

/** A frame with some of its bytes changed; offsets count from the Ethernet header's begin. */
function changed(frame: Buffer, ...changes: (readonly [at: number, value: number])[]): Buffer {
  const copy = Buffer.from(frame);
  for (const [at, value] of changes) copy.writeUInt8(value, at);
  return copy;
}

/** An IPv6 packet with headers between IPv6's own and TCP's. */
function withHeaders(to: string, first: number, headers: Buffer): Buffer {
  const frame = frameTo(to);
  const all = Buffer.concat([frame.subarray(0, 54), headers, frame.subarray(54)]);
  all.writeUInt16BE(all.length - 54, 18);
  all.writeUInt8(first, 20);
  return all;
}

describe('A frame of a guest', () => {
  it.each([
    ...['10.0.2.2', '192.168.1.1', '8.8.8.8', '169.254.169.254', '100.64.0.1', '224.0.0.251', '126.255.255.255'],
    ...['128.0.0.1', '1.0.0.0', '2001:db8::1', 'fd00::2', 'fe80::1', 'ff02::fb', 'ff05::2', '2606:4700::1111'],
    ...['64:ff9b::808:808', '2002:808:808::1', '2001:0:808:808::f7f7:f7f7', 'fe80::5efe:a00:1'],
  ])('to %s passes', (to) => {
    expect([passes(frameTo(to)), passes(frameTo(to, { transport: 'udp' }))]).toEqual([true, true]);
  });

  it.each([
    ...['127.0.0.1', '127.0.0.0', '127.255.255.255', '127.1.2.3', '0.0.0.0', '0.0.0.1', '0.255.255.255'],
    ...['240.0.0.1', '255.255.255.254', '255.255.255.255'],
    ...['::', '::1', '::2', '::7f00:1', '::808:808', '::ffff:7f00:1', '::ffff:0:0', '::ffff:808:808'],
    ...['::ffff:0:7f00:1', '::ffff:0:808:808', '64:ff9b::7f00:1', '64:ff9b::', '64:ff9b:1::7f00:1'],
    ...['64:ff9a::808:808', '64:ff9b:2::808:808', '64:ff9b::1:808:808', '2002:7f00:1::', '2002:0:1::1'],
    ...['2001::f7f7:f7f7', '2001:0:7f00:1::f7f7:f7f7', '2001:0:808:808::80ff:fffe'],
    ...['fe80::ffff:7f00:1', 'fe80::5efe:7f00:1', 'fe80::200:5efe:7f00:1', '2001:db8::5efe:0:0'],
    ...['ff00::1', 'ff01::1', 'ff11::1', 'ff31::1', '100::1', 'fec0::1', '4000::1', '5f00::1', '1::'],
  ])('to %s is dropped', (to) => {
    expect([passes(frameTo(to)), passes(frameTo(to, { transport: 'udp' }))]).toEqual([false, false]);
  });

  it.each(['127.0.0.1', '0.0.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255'])('from %s is dropped', (from) => {
    expect(passes(frameTo('192.168.1.1', { from }))).toBe(false);
  });

  it.each(['::1', '::', '::ffff:7f00:1', 'ff02::1', '64:ff9b::7f00:1'])('from %s is dropped', (from) => {
    expect(passes(frameTo('2001:db8::1', { from }))).toBe(false);
    expect(passes(frameTo('ff02::1', { from, transport: 'udp' }))).toBe(false);
  });

  it('that asks for an address passes, and nothing else by its ways', () => {
    const ask = (to: string, port: number, from: string, transport: 'tcp' | 'udp' = 'udp') =>
      passes(frameTo(to, { from, port, transport }));
    expect(ask('255.255.255.255', 67, '0.0.0.0')).toBe(true);
    expect(ask('255.255.255.255', 67, guest4)).toBe(true);
    expect(ask('255.255.255.255', 68, '0.0.0.0')).toBe(false);
    expect(ask('255.255.255.255', 67, '0.0.0.0', 'tcp')).toBe(false);
    expect(ask('10.0.2.2', 67, '0.0.0.0')).toBe(false);
    expect(ask('255.255.255.255', 67, '127.0.0.1')).toBe(false);
    const whole = frameTo('255.255.255.255', { from: '0.0.0.0', port: 67, transport: 'udp' });
    // One of more parts, and the second.
    expect([passes(changed(whole, [20, 0x20])), passes(changed(whole, [21, 1]))]).toEqual([false, false]);
  });

  it('that looks for neighbours passes', () => {
    expect(passes(arpQuestion(mac, bytes4(guest4), bytes4('10.0.2.2')))).toBe(true);
    expect(passes(arpQuestion(mac, bytes4('0.0.0.0'), bytes4(guest4)))).toBe(true);
    // A question about an address that one wants to take (RFC 4862), to the group of those who might have it.
    const looks = changed(frameTo('ff02::1:ff00:f', { from: '::' }), [20, 58], [54, 135]);
    expect(passes(looks)).toBe(true);
    expect(passes(changed(looks, [20, 17]))).toBe(false);
    expect(passes(changed(frameTo('fd00::1', { from: '::' }), [20, 58]))).toBe(false);
  });

  it.each([6, 14, 15, 16, 17, 18, 19])('of ARP with a wrong byte %i is dropped', (at) => {
    const arp = arpQuestion(mac, bytes4(guest4), bytes4('10.0.2.2'));
    expect(passes(changed(arp, [at, 0x77]))).toBe(at === 6);
    expect(passes(arp.subarray(0, 41))).toBe(false);
  });

  it.each([0x8100, 0x88a8, 0x9100, 0x8847, 0x8864, 0x0026, 0x0801, 0x86de, 0xffff])(
    'of Ethernet type %i is dropped, whatever is in it',
    (type) => {
      const inside = frameTo('192.168.1.1').subarray(14);
      expect(passes(ethernet(mac, type, inside))).toBe(false);
      expect(passes(ethernet(mac, type, Buffer.concat([Buffer.from([0, 1, 8, 0]), inside])))).toBe(false);
      expect(passes(ethernet(mac, type, frameTo('127.0.0.1').subarray(14)))).toBe(false);
    },
  );

  it.each([
    ['version 6 in it', 14, 0x65],
    ['options', 14, 0x46],
    ['a header too short', 14, 0x44],
    ['more bytes than there are', 16, 0x01],
    ['fewer bytes than a header', 17, 19],
    ['IPv4 in it', 23, 4],
    ['IPv6 in it', 23, 41],
    ['GRE in it', 23, 47],
  ])('of IPv4 with %s is dropped', (_what, at, value) => {
    expect(passes(changed(frameTo('192.168.1.1'), [at, value]))).toBe(false);
  });

  it('may be padded, as short ones are', () => {
    for (const to of ['192.168.1.1', '2001:db8::1'])
      expect(passes(Buffer.concat([frameTo(to), Buffer.alloc(20)]))).toBe(true);
  });

  it('in parts is judged by its addresses', () => {
    for (const [to, expected] of [
      ['192.168.1.1', true],
      ['127.0.0.1', false],
    ] as const)
      expect(passes(changed(frameTo(to), [20, 0x20], [21, 0x10]))).toBe(expected);
    const head = Buffer.from([6, 0, 0, 1, 0, 0, 0, 1]);
    const later = Buffer.from([6, 0, 5, 0, 0, 0, 0, 1]);
    for (const part of [head, later]) {
      expect(passes(withHeaders('2001:db8::1', 44, part))).toBe(true);
      expect(passes(withHeaders('::1', 44, part))).toBe(false);
    }
  });

  it('of IPv6 with headers passes, but not with one that routes elsewhere, or a chain of them', () => {
    const options = (next: number) => Buffer.from([next, 0, 1, 4, 0, 0, 0, 0]);
    const routing = Buffer.concat([Buffer.from([6, 2, 0, 1, 0, 0, 0, 0]), ipv6Bytes('::1')]);
    expect(passes(withHeaders('2001:db8::1', 0, options(6)))).toBe(true);
    expect(passes(withHeaders('2001:db8::1', 60, options(6)))).toBe(true);
    expect(passes(withHeaders('2001:db8::1', 43, routing))).toBe(false);
    expect(passes(withHeaders('2001:db8::1', 0, Buffer.concat([options(43), routing])))).toBe(false);
    expect(passes(withHeaders('2001:db8::1', 60, Buffer.concat(Array<Buffer>(9).fill(options(60)))))).toBe(false);
    expect(passes(withHeaders('2001:db8::1', 60, Buffer.from([6, 255, 0, 0, 0, 0, 0, 0])))).toBe(false);
    for (const tunnel of [4, 41, 50, 51, 59, 132, 135])
      expect(passes(changed(frameTo('2001:db8::1'), [20, tunnel]))).toBe(false);
  });

  it('of no length, cut off or too long is dropped', () => {
    for (const frame of [frameTo('192.168.1.1'), frameTo('2001:db8::1')])
      for (let length = 0; length < 34; length++) expect(passes(frame.subarray(0, length))).toBe(false);
    expect(passes(Buffer.concat([frameTo('192.168.1.1'), Buffer.alloc(65_536)]))).toBe(false);
  });
});

/** What Node's own parser and matcher of addresses says, which knows nothing of ours. */
const closedIpv4 = new BlockList();
for (const net of ['0.0.0.0', '127.0.0.0']) closedIpv4.addSubnet(net, 8, 'ipv4');
/** Its own list: Node compares IPv4 with rules for IPv6 too. */
const closedIpv6 = new BlockList();
for (const [net, bits] of [
  ...([
    ['::', 96],
    ['::ffff:0:0', 96],
    ['::ffff:0:0:0', 96],
    ['64:ff9b::', 104],
    ['64:ff9b::7f00:0', 104],
  ] as const),
  ...([
    ['2002:7f00::', 24],
    ['2002::', 24],
    ['ff01::', 16],
    ['ff00::', 16],
  ] as const),
] as const)
  closedIpv6.addSubnet(net, bits, 'ipv6');

const byte = fc.integer({ min: 0, max: 255 });
/** Addresses near those that matter: a known beginning, a known end, anything between. */
const word16 = fc.oneof(
  fc.constantFrom(0, 0, 0, 1, 0x7f00, 0x7fff, 0xffff, 0x5efe, 0xff9b),
  fc.integer({ min: 0, max: 0xffff }),
);
const anyIpv6 = fc
  .tuple(
    fc.constantFrom(0, 0, 0x64, 0x2002, 0x2001, 0xfe80, 0xfd00, 0xff01, 0xff02),
    fc.array(word16, { minLength: 7, maxLength: 7 }),
  )
  .map(([first, rest]) => Buffer.from([first, ...rest].flatMap((value) => [value >>> 8, value & 0xff])));
const anyIpv4 = fc
  .tuple(fc.oneof(fc.constantFrom(0, 127, 126, 128, 10, 224, 255), byte), byte, byte, byte)
  .map((parts) => Buffer.from(parts));

describe('Random frames', () => {
  it('to closed addresses never pass, whatever else is in them', () => {
    const checkIpv4 = fc.property(
      anyIpv4,
      anyIpv4,
      fc.constantFrom('tcp' as const, 'udp' as const),
      byte,
      (source, destination, transport, port) => {
        const frame = transportFrame(mac, transport, { source, destination, sourcePort: 1, destinationPort: port });
        if (passes(frame)) {
          const [from, to] = [source.join('.'), destination.join('.')];
          expect(closedIpv4.check(to)).toBe(false);
          expect(closedIpv4.check(from) && !(from === '0.0.0.0' && to === '255.255.255.255' && port === 67)).toBe(
            false,
          );
        }
      },
    );
    fc.assert(checkIpv4, { numRuns: 3000 });
    const checkIpv6 = fc.property(
      anyIpv6,
      anyIpv6,
      fc.constantFrom('tcp' as const, 'udp' as const),
      (source, destination, transport) => {
        const frame = transportFrame(mac, transport, { source, destination, sourcePort: 1, destinationPort: 80 });
        if (!passes(frame)) return;
        for (const address of [source, destination]) expect(closedIpv6.check(ipv6Text(address), 'ipv6')).toBe(false);
      },
    );
    fc.assert(checkIpv6, { numRuns: 3000 });
  });

  it('of any bytes are judged without an error, and never as ones to closed addresses', () => {
    const start = fc
      .constantFrom('0800', '86dd', '0806', '8100')
      .map((type) => Buffer.from(`${'00'.repeat(12)}${type}`, 'hex'));
    const head = fc.constantFrom(0x45, 0x46, 0x60, 0x6f, 0);
    const rest = fc.uint8Array({ maxLength: 120 });
    fc.assert(
      fc.property(start, head, rest, (first, second, third) => {
        const frame = Buffer.concat([first, Buffer.from([second]), third]);
        if (!passes(frame)) return;
        const type = frame.readUInt16BE(12);
        if (type === 0x0800) expect(closedIpv4.check(frame.subarray(30, 34).join('.'))).toBe(false);
        if (type === 0x86dd) expect(closedIpv6.check(ipv6Text(frame.subarray(38, 54)), 'ipv6')).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });
});
