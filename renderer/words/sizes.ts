/** Memory in binary GB (or MB below one), as "About This Mac" counts it, without the unit: "3.8". */
export function memoryNumber(bytes: number): { value: string; unit: 'GB' | 'MB' } {
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
