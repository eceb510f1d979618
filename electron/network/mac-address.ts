import { createHash } from 'node:crypto';

/**
 * The usual form, lower case and two digits a byte. Apple's tools write bytes without leading zeros (`2:0:a:…`), so
 * addresses are only compared after this. Undefined for what is no MAC address.
 */
export function normalizedMac(text: string): string | undefined {
  const parts = text.split(':');
  if (parts.length !== 6 || !parts.every((part) => /^[0-9a-f]{1,2}$/i.test(part))) return undefined;
  return parts.map((part) => part.padStart(2, '0').toLowerCase()).join(':');
}

/**
 * The address of a machine's card: its own for the first, and for each further one an address of private use (the second
 * lowest bit of the first byte, IEEE 802) that is the same at every start.
 */
export function macOfCard(machineMac: string, card: number): string {
  if (card === 0) return machineMac;
  const bytes = createHash('sha256').update(`tatin card ${machineMac.toLowerCase()} ${card}`).digest().subarray(0, 6);
  bytes.writeUInt8((bytes.readUInt8(0) & 0xfc) | 0x02, 0);
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
