/** Hands a file to the person: the browser's download, or the app's dialog for it. */
export function saveFile(blob: Blob, fileName: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName;
  link.click();
  // The download reads the address after this turn.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** "demo 2026-11-22 at 14.32.10.png", in local time; signs that a file name can't hold everywhere are replaced. */
export function pictureName(machine: string, at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join('.');
  return `${machine.replaceAll(/[/\\:*?"<>|]/g, '-')} ${day} at ${time}.png`;
}
