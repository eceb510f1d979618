import { readFileSync } from 'node:fs';

/**
 * The inodes on which anybody holds a POSIX record lock, from one read of Linux's list of locks; undefined where there
 * is none. Devices are left out: some file systems (btrfs, overlays) name another one there than `stat` does, so a hit
 * is a reason to ask and not an answer.
 */
export function lockedInodes(): ReadonlySet<number> | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return parseLocks(readFileSync('/proc/locks', 'utf8'));
  } catch (error) {
    // A container may hide it; then each file is asked.
    return undefined;
  }
}

/** "1: POSIX  ADVISORY  WRITE 8835 fe:00:2147596 0 EOF"; one that waits has "->" in the second place. */
export function parseLocks(text: string): Set<number> {
  const inodes = new Set<number>();
  for (const line of text.split('\n')) {
    const match = /^\d+: (?:POSIX|OFDLCK) .* [0-9a-f]+:[0-9a-f]+:(\d+) \d+ \S+$/.exec(line);
    if (match !== null) inodes.add(Number(match[1]));
  }
  return inodes;
}
