const zeros = Buffer.alloc(64 * 1024);

/** Whether a range of a buffer is nothing but zeros. */
export function isZeroRange(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += zeros.length) {
    const length = Math.min(zeros.length, to - at);
    if (bytes.compare(zeros, 0, length, at, at + length) !== 0) return false;
  }
  return true;
}

export function isAllZero(bytes: Buffer): boolean {
  return isZeroRange(bytes, 0, bytes.length);
}
