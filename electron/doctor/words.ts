/** "1 link", "3 links". */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}

/** Disk space as Finder writes it: decimal. */
export function gigabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Memory as About This Mac writes it: binary. */
export function memory(bytes: number): string {
  const gib = bytes / 1024 ** 3;
  return gib < 1 ? `${Math.round(bytes / 1024 ** 2)} MB` : `${gib.toFixed(1)} GB`;
}

/** At most `most` lines, and how many more there are. */
export function listed(lines: readonly string[], max = 50): string {
  const rest = lines.length - max;
  return [...lines.slice(0, max), ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n');
}
