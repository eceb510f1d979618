/** The bytes of an IPv6 address in hexadecimal groups, with at most one `::`. */
export function ipv6Bytes(text: string): Buffer {
  const [before = '', after] = text.split('::');
  const groups = (part = ''): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [head, tail] = [groups(before), groups(after)];
  const all = [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
  return Buffer.from(all.flatMap((group) => [group >>> 8, group & 0xff]));
}

/** All eight groups of it. */
export function ipv6Text(bytes: Buffer): string {
  return (bytes.toString('hex').match(/.{4}/g) ?? []).join(':');
}
