import type { Client } from '../../../electron/contract/contract.ts';
import type { VmId } from '../../../electron/contract/machine.ts';

/** Wider than any display that a guest has. */
const wholeWidth = 8192;

/** A machine's screen as Tatin has it, a PNG; undefined where there is none. */
export async function pictureOf(client: Client, id: VmId): Promise<Blob | undefined> {
  const picture = await client.call('vms.picture', { id, maxWidth: wholeWidth }).catch(() => null);
  if (picture === null) return undefined;
  const bytes = Uint8Array.from(atob(picture.png), (sign) => sign.charCodeAt(0));
  return new Blob([bytes], { type: 'image/png' });
}

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
