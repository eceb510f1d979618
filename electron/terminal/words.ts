const gigabyte = 1e9;

/** Whole decimal gigabytes, cut as Tart cuts them. */
export function wholeGigabytes(bytes: number): number {
  return Math.floor(bytes / gigabyte);
}

/** ISO 8601 in whole seconds, UTC: what Apple's encoder writes. */
export function isoSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
