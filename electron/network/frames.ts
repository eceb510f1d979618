/**
 * Ethernet frames as a guest makes them, to find out what becomes of them. Addresses are bytes: four of IPv4, sixteen
 * of IPv6, six of Ethernet.
 */

export type Transport = 'tcp' | 'udp';

/** From where to where a packet goes. */
export interface Route {
  readonly source: Buffer;
  readonly destination: Buffer;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

const etherTypes = { arp: 0x0806, ipv4: 0x0800, ipv6: 0x86dd } as const;
const protocols = { tcp: 6, udp: 17 } as const;
const broadcast = Buffer.alloc(6, 0xff);

export function ethernet(source: Buffer, etherType: number, packet: Buffer, destination = broadcast): Buffer {
  return Buffer.concat([destination, source, word(etherType), packet]);
}

/** Asks who has an IPv4 address (RFC 826). */
export function arpQuestion(mac: Buffer, source: Buffer, target: Buffer): Buffer {
  const kind = Buffer.from([0, 1, 8, 0, 6, 4, 0, 1]);
  return ethernet(mac, etherTypes.arp, Buffer.concat([kind, mac, source, Buffer.alloc(6), target]));
}

/** Who answers an ARP question: the answer's own addresses; undefined for any other frame. */
export function arpAnswer(frame: Buffer): { mac: Buffer; address: Buffer } | undefined {
  if (frame.length < 42 || frame.readUInt16BE(12) !== etherTypes.arp || frame.readUInt16BE(20) !== 2) return undefined;
  return { mac: frame.subarray(22, 28), address: frame.subarray(28, 32) };
}

/** The first packet of a TCP connection, or a datagram with these bytes, by the version of IP that the addresses are of. */
export function transportFrame(
  mac: Buffer,
  transport: Transport,
  route: Route,
  data: Buffer = Buffer.alloc(0),
): Buffer {
  const segment = transport === 'tcp' ? tcpStart(route) : udpDatagram(route, data);
  const isIpv4 = route.source.length === 4;
  return ethernet(
    mac,
    isIpv4 ? etherTypes.ipv4 : etherTypes.ipv6,
    isIpv4 ? ipv4(transport, route, segment) : ipv6(transport, route, segment),
  );
}

function ipv4(transport: Transport, { source, destination }: Route, segment: Buffer): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt8(0x45);
  header.writeUInt16BE(20 + segment.length, 2);
  header.writeUInt8(64, 8);
  header.writeUInt8(protocols[transport], 9);
  source.copy(header, 12);
  destination.copy(header, 16);
  header.writeUInt16BE(checksum(header), 10);
  return Buffer.concat([header, segment]);
}

function ipv6(transport: Transport, { source, destination }: Route, segment: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(0x60);
  header.writeUInt16BE(segment.length, 4);
  header.writeUInt8(protocols[transport], 6);
  header.writeUInt8(64, 7);
  return Buffer.concat([header, source, destination, segment]);
}

/** SYN (RFC 9293), with a window of 64 KiB and no options. */
function tcpStart(route: Route): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(route.sourcePort, 0);
  header.writeUInt16BE(route.destinationPort, 2);
  header.writeUInt32BE(1, 4);
  header.writeUInt16BE(0x5002, 12);
  header.writeUInt16BE(0xffff, 14);
  header.writeUInt16BE(checksum(pseudoHeader('tcp', route, header)), 16);
  return header;
}

function udpDatagram(route: Route, data: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(route.sourcePort, 0);
  header.writeUInt16BE(route.destinationPort, 2);
  header.writeUInt16BE(8 + data.length, 4);
  const datagram = Buffer.concat([header, data]);
  // Zero would mean that there is none.
  datagram.writeUInt16BE(checksum(pseudoHeader('udp', route, datagram)) || 0xffff, 6);
  return datagram;
}

/** What a checksum covers beside the segment itself. */
function pseudoHeader(transport: Transport, { source, destination }: Route, segment: Buffer): Buffer {
  const rest = Buffer.alloc(8);
  rest.writeUInt32BE(segment.length);
  rest.writeUInt32BE(protocols[transport], 4);
  return Buffer.concat([source, destination, rest, segment]);
}

/** The Internet's checksum (RFC 1071). */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
  return ~sum & 0xffff;
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

/** A frame as QEMU and passt write it on a stream: its length first. */
export function onStream(frame: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(frame.length);
  return Buffer.concat([length, frame]);
}
