import type { GuestOs } from '../../contract/machine.ts';
import type { VzDocument, VzFacts } from './document.ts';
import type { VzRunOptions } from './run-options.ts';

/**
 * Keyboards and pointers. macOS guests get the Mac's own and, as those before macOS 13 do not know them, the USB ones;
 * what can be saved are the Mac's own alone.
 */
export function planInput(
  os: GuestOs,
  options: VzRunOptions,
  facts: VzFacts,
  suspendable: boolean,
): Pick<VzDocument, 'keyboards' | 'pointers'> {
  if (suspendable) return { keyboards: ['mac'], pointers: ['trackpad'] };
  const hasKeyboard = options.keyboard ?? true;
  const hasPointer = options.pointer ?? true;
  if (os === 'linux') return { keyboards: hasKeyboard ? ['usb'] : [], pointers: hasPointer ? ['usb'] : [] };
  // The Mac's keyboard came with macOS 14 of the host, its trackpad with macOS 13, the oldest that Tatin runs on.
  const keyboards: VzDocument['keyboards'] = facts.macOS.major >= 14 ? ['usb', 'mac'] : ['usb'];
  const pointers: VzDocument['pointers'] = (options.trackpad ?? true) ? ['usb', 'trackpad'] : ['usb'];
  return { keyboards: hasKeyboard ? keyboards : [], pointers: hasPointer ? pointers : [] };
}
