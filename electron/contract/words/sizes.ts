const diskUnits = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes on a disk or a wire, in powers of a thousand as the Finder counts: "42.1 GB", "38 MB", "0 bytes". */
export function diskText(bytes: number): string {
  let amount = bytes;
  let power = 0;
  // What would be written as 1000 is one of the next unit.
  while (Math.round(amount) >= 1000 && power < diskUnits.length - 1) {
    amount /= 1000;
    power++;
  }
  const isRound = power < 3 || amount >= 100 || Math.abs(amount - Math.round(amount)) < 0.05;
  return `${amount.toFixed(isRound ? 0 : 1)} ${diskUnits[power] ?? ''}`;
}

/** "92 MB/s". */
export function rateText(bytesPerSecond: number): string {
  return `${diskText(bytesPerSecond)}/s`;
}

/** Memory in binary GB (or MB below one), as "About This Mac" counts it, without the unit: "3.8". */
function memoryNumber(bytes: number): { value: string; unit: 'GB' | 'MB' } {
  const gib = bytes / 2 ** 30;
  if (gib < 1) return { value: String(Math.round(bytes / 2 ** 20)), unit: 'MB' };
  return { value: trimmed(gib), unit: 'GB' };
}

/** Memory in binary units: "512 MB", "1.5 GB". */
export function memoryText(bytes: number): string {
  const { value, unit } = memoryNumber(bytes);
  return `${value} ${unit}`;
}

/** A part of memory in the unit of the whole: "3.8 of 8 GB". */
export function memoryOfText(bytes: number, wholeBytes: number): string {
  const whole = memoryNumber(wholeBytes);
  const part = whole.unit === 'GB' ? trimmed(bytes / 2 ** 30) : String(Math.round(bytes / 2 ** 20));
  return `${part} of ${whole.value} ${whole.unit}`;
}

function trimmed(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '');
}
