const gigabyte = 1e9;
const mebibyte = 1024 ** 2;

/** Decimal units without a fraction, as drives are sold: "50 GB", "36 MB", "0 bytes". */
export function diskSize(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  // 999.5 would print as 1000.
  while (Math.round(value) >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Math.round(value)} ${units[unit] ?? ''}`;
}

/** Binary units under their common names, as memory is sold: "4 GB", "1.5 GB", "512 MB". */
export function memorySize(bytes: number): string {
  const mebibytes = bytes / mebibyte;
  return mebibytes >= 1024 ? `${Number((mebibytes / 1024).toFixed(1))} GB` : `${Math.round(mebibytes)} MB`;
}

/** Whole decimal gigabytes, cut as Tart cuts them. */
export function wholeGigabytes(bytes: number): number {
  return Math.floor(bytes / gigabyte);
}

/** ISO 8601 in whole seconds, UTC: what Apple's encoder writes. */
export function isoSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

const lengths: readonly [unit: string, seconds: number][] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

/**
 * How long ago something was: "3 minutes ago", "now". A time ahead of the clock, as on a shared drive, is "in ...".
 * Not `Intl.RelativeTimeFormat`, which says the same and takes longer to load than a list of VMs to make.
 */
export function relativeTime(time: Date, now = new Date()): string {
  const seconds = Math.trunc((time.getTime() - now.getTime()) / 1000);
  if (seconds === 0) return 'now';
  const words = lengthOfTime(Math.abs(seconds));
  return seconds < 0 ? `${words} ago` : `in ${words}`;
}

/** "3 minutes", in the largest unit that fits; for a second or more. */
export function lengthOfTime(seconds: number): string {
  const [unit, length] = lengths.find(([, min]) => seconds >= min) ?? ['second', 1];
  const amount = Math.trunc(seconds / length);
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}
