/** A small generator of numbers (Mulberry32), so that what was damaged can be damaged again. */
export function numbersFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const sharp = [0, 1, 0x7f, 0x80, 0xff];

/** A copy with one to eight things done to it: bits turned, bytes set, parts removed, repeated or swapped, the end cut off. */
export function damaged(bytes: Uint8Array, next: (below: number) => number): Buffer {
  let copy = Buffer.from(bytes);
  for (let times = 1 + next(8); times > 0; times--) {
    if (copy.length === 0) return copy;
    // Heads decide the most, so half of what is done is done near the start.
    const at = next(next(2) === 0 ? Math.min(copy.length, 64) : copy.length);
    const length = Math.min(1 + next(32), copy.length - at);
    switch (next(7)) {
      case 0:
      case 1:
        copy[at] = (copy[at] ?? 0) ^ (1 << next(8));
        break;
      case 2:
        copy[at] = sharp[next(sharp.length)] ?? 0;
        break;
      case 3:
        copy = Buffer.concat([copy.subarray(0, at), copy.subarray(at + length)]);
        break;
      case 4:
        copy = Buffer.concat([copy.subarray(0, at + length), copy.subarray(at)]);
        break;
      case 5:
        copy.copy(copy, at, next(copy.length));
        break;
      default:
        if (next(4) === 0) copy = copy.subarray(0, at);
        else copy.fill(next(256), at, at + length);
    }
  }
  return copy;
}
