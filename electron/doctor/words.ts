/** "1 link", "3 links". */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}

/** At most `max` lines, and how many more there are. */
export function listed(lines: readonly string[], max = 50): string {
  const rest = lines.length - max;
  return [...lines.slice(0, max), ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n');
}
