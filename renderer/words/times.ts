import { durationText } from '../../electron/contract/words/durations.ts';

/** The exact time, for who hovers. */
export function exactText(iso: string): string {
  return new Date(iso).toLocaleString();
}

/** How long since, for what still goes on. */
export function sinceText(iso: string, nowMs: number = Date.now()): string {
  return durationText(nowMs - Date.parse(iso));
}
