import { randomBytes } from 'node:crypto';

/** A random MAC address that no maker owns: locally administered, for one device (IEEE 802, two lowest bits 10). */
export function randomMac(taken: ReadonlySet<string> = new Set()): string {
  for (;;) {
    const bytes = randomBytes(6);
    bytes.writeUInt8((bytes.readUInt8(0) & 0xfc) | 0x02, 0);
    const mac = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
    if (!taken.has(mac)) return mac;
  }
}
