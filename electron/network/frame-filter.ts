/**
 * Which Ethernet frames of a guest may reach the program that makes its network. That program connects to whatever
 * address a frame names, on behalf of this computer's user: a frame to 127.0.0.1 would come out as a connection to this
 * computer's own loopback. A guest's root can send any frame, so each is judged here, and what is not known is dropped.
 */

const etherHeaderBytes = 14;
/** The longest frame that passt takes: the longest IP packet and its Ethernet header do not fit any more. */
const maxFrameBytes = 65_535;

const etherTypes = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd } as const;
/** What passt carries (IANA's protocol numbers); it ignores the others, and so may a tunnel's inside not matter. */
const protocols = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;

/** Whether the frame in these bytes may pass; never throws, whatever they are. */
export function mayPass(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < etherHeaderBytes || end - start > maxFrameBytes) return false;
  const packet = start + etherHeaderBytes;
  switch (bytes.readUInt16BE(start + 12)) {
    case etherTypes.ipv4:
      return ipv4MayPass(bytes, packet, end);
    case etherTypes.ipv6:
      return ipv6MayPass(bytes, packet, end);
    case etherTypes.arp:
      return isArp(bytes, packet, end);
    default:
      return false;
  }
}

/** A question or an answer about IPv4 addresses on Ethernet (RFC 826). */
function isArp(bytes: Buffer, at: number, end: number): boolean {
  if (end - at < 28) return false;
  // Ethernet, IPv4, addresses of six and four bytes.
  if (bytes.readUInt32BE(at) !== 0x0001_0800 || bytes.readUInt16BE(at + 4) !== 0x0604) return false;
  const operation = bytes.readUInt16BE(at + 6);
  return operation === 1 || operation === 2;
}

function ipv4MayPass(bytes: Buffer, at: number, end: number): boolean {
  // Version 4 without options, which carry further addresses.
  if (end - at < 20 || bytes.readUInt8(at) !== 0x45) return false;
  const length = bytes.readUInt16BE(at + 2);
  if (length < 20 || length > end - at) return false;
  const protocol = bytes.readUInt8(at + 9);
  if (protocol !== protocols.tcp && protocol !== protocols.udp && protocol !== protocols.icmp) return false;
  const [source, destination] = [bytes.readUInt32BE(at + 12), bytes.readUInt32BE(at + 16)];
  // Who has no address yet asks for one, by all-ones broadcast.
  if (source === 0 || destination === 0xffff_ffff)
    return destination === 0xffff_ffff && (source === 0 || isUnicast(source)) && asksForLease(bytes, at, length);
  return isUnicast(source) && (isUnicast(destination) || isMulticast(destination));
}

/** Not of 0/8 (“this host”), 127/8 (loopback), 224/4 (multicast) and 240/4 (reserved, broadcast): RFC 6890. */
function isUnicast(address: number): boolean {
  const first = address >>> 24;
  return first !== 0 && first !== 127 && first < 224;
}

function isMulticast(address: number): boolean {
  return address >>> 28 === 0xe;
}

/** A datagram, not a part of one, to the port of DHCP servers. */
function asksForLease(bytes: Buffer, at: number, length: number): boolean {
  const isWhole = (bytes.readUInt16BE(at + 6) & 0x3fff) === 0;
  return isWhole && length >= 28 && bytes.readUInt8(at + 9) === protocols.udp && bytes.readUInt16BE(at + 22) === 67;
}

function ipv6MayPass(bytes: Buffer, at: number, end: number): boolean {
  if (end - at < 40 || bytes.readUInt8(at) >>> 4 !== 6) return false;
  const last = at + 40 + bytes.readUInt16BE(at + 4);
  if (last > end) return false;
  const protocol = upperProtocol(bytes, at, last);
  if (protocol !== protocols.tcp && protocol !== protocols.udp && protocol !== protocols.icmpv6) return false;
  const [source, destination] = [at + 8, at + 24];
  const toLinkGroup = bytes.readUInt16BE(destination) === 0xff02;
  // Who has no address yet looks whether another has it, and for routers (RFC 4861 and 4862).
  if (isZero(bytes, source, 16)) return toLinkGroup && protocol === protocols.icmpv6;
  if (!isUnicast6(bytes, source)) return false;
  return toLinkGroup || isWideGroup(bytes, destination) || isUnicast6(bytes, destination);
}

/** Hop-by-hop options, a part of a packet, destination options (RFC 8200). A header that routes elsewhere is not among them. */
const headersBefore: ReadonlySet<number> = new Set([0, 44, 60]);
/** RFC 8200 knows one of each, and two of the last. */
const maxHeaders = 4;

/** What follows the headers of IPv6; undefined where they are cut off, too many, or of a kind that may not pass. */
function upperProtocol(bytes: Buffer, at: number, last: number): number | undefined {
  let next = bytes.readUInt8(at + 6);
  let position = at + 40;
  for (let count = 0; headersBefore.has(next); count++) {
    if (count === maxHeaders || last - position < 8) return undefined;
    const [following, length] = [bytes.readUInt8(position), bytes.readUInt8(position + 1)];
    // Behind the head of a later part there is no header, but the first part, without which it is nothing, has been judged.
    if (next === 44 && bytes.readUInt16BE(position + 2) >>> 3 !== 0)
      return headersBefore.has(following) ? undefined : following;
    position += next === 44 ? 8 : (length + 1) * 8;
    if (position > last) return undefined;
    next = following;
  }
  return next;
}

/** A group wider than this host: scope 1 is the host itself, and 0 nothing (RFC 4291, 2.7). */
function isWideGroup(bytes: Buffer, at: number): boolean {
  return bytes.readUInt8(at) === 0xff && (bytes.readUInt8(at + 1) & 0x0f) >= 2;
}

/**
 * An address of another host: global (2000::/3), private (fc00::/7), of the link (fe80::/10), or one of IPv4 behind a
 * translator (RFC 6052, RFC 8215). So not `::`, `::1`, nor one that maps IPv4 in the first block, which Linux takes for
 * IPv4; and where a form embeds an IPv4 address, not one of the loopback or of “this host”.
 */
function isUnicast6(bytes: Buffer, at: number): boolean {
  const first = bytes.readUInt16BE(at);
  if (first === 0x0064) return isTranslated(bytes, at) && isUnicast(bytes.readUInt32BE(at + 12));
  const isOther = first >>> 13 === 1 || first >>> 9 === 0xfc >>> 1 || first >>> 6 === 0xfe80 >>> 6;
  if (!isOther) return false;
  // 6to4 (RFC 3056) and Teredo (RFC 4380), which turns the bits of the client's.
  if (first === 0x2002 && !isUnicast(bytes.readUInt32BE(at + 2))) return false;
  if (bytes.readUInt32BE(at) === 0x2001_0000)
    return isUnicast(bytes.readUInt32BE(at + 4)) && isUnicast(~bytes.readUInt32BE(at + 12) >>> 0);
  return !endsInMapped(bytes, at) || isUnicast(bytes.readUInt32BE(at + 12));
}

/** 64:ff9b::/96 and 64:ff9b:1::/48 */
function isTranslated(bytes: Buffer, at: number): boolean {
  if (bytes.readUInt16BE(at + 2) !== 0xff9b) return false;
  return bytes.readUInt16BE(at + 4) === 1 || isZero(bytes, at + 4, 8);
}

/** Whether the second half of an address is one of IPv4, as mapped ones or those of ISATAP (RFC 5214) are. */
function endsInMapped(bytes: Buffer, at: number): boolean {
  const kind = bytes.readUInt32BE(at + 8);
  return kind === 0x0000_ffff || kind === 0x0000_5efe || kind === 0x0200_5efe;
}

function isZero(bytes: Buffer, at: number, length: number): boolean {
  for (let index = at; index < at + length; index++) if (bytes[index] !== 0) return false;
  return true;
}
