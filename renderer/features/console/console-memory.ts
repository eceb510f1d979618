import { z } from 'zod';
import type { VmId } from '../../../electron/contract/machine.ts';

/** How a machine's console was left, kept in this browser. */
const rememberedSchema = z.object({
  serial: z.boolean().catch(false),
  /** In pixels. */
  serialHeight: z.number().min(96).max(4000).catch(212),
  scaling: z.enum(['fit', 'actual', 'guest']).catch('fit'),
  /** Of a screen that macOS draws: see `ScreenWish`. */
  refits: z.boolean().nullable().catch(null),
  systemKeys: z.boolean().catch(false),
});
export type Remembered = z.infer<typeof rememberedSchema>;

const keyOf = (id: VmId): string => `tatin.console.${id}`;

export function recall(id: VmId): Remembered {
  return rememberedSchema.parse(parse(localStorage.getItem(keyOf(id)) ?? '{}'));
}

export function remember(id: VmId, remembered: Remembered): void {
  try {
    localStorage.setItem(keyOf(id), JSON.stringify(remembered));
  } catch {
    // A full or forbidden store only means that the next window starts as new.
  }
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
