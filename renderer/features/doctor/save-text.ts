import { printableLine, printableText } from '../../../electron/contract/printable.ts';

/** Offers a text as a file, where the browser puts downloads or asks for a place. */
export function saveText(fileName: string, text: string): void {
  const url = URL.createObjectURL(new Blob([printableText(text)], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = printableLine(fileName);
  link.click();
  URL.revokeObjectURL(url);
}
