/** Long enough for several blocks, short enough for thousands. */
export const diskBytes = 131_072;

/** What every line of a marked disk holds, so that half of one can be told. */
export function markedDisk(mark: string): Buffer {
  return Buffer.alloc(diskBytes, `${mark.padEnd(31)}\n`);
}

/** The mark of a disk; undefined if not every byte of it is as it was made. */
export function markOf(disk: Buffer): string | undefined {
  const mark = disk.toString('latin1', 0, 31).trimEnd();
  return disk.equals(markedDisk(mark)) ? mark : undefined;
}
