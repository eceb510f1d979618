/**
 * The usual form, lower case and two digits a byte. Apple's tools write bytes without leading zeros (`2:0:a:…`), so
 * addresses are only compared after this. Undefined for what is no MAC address.
 */
export function normalizedMac(text: string): string | undefined {
  const parts = text.split(':');
  if (parts.length !== 6 || !parts.every((part) => /^[0-9a-f]{1,2}$/i.test(part))) return undefined;
  return parts.map((part) => part.padStart(2, '0').toLowerCase()).join(':');
}
