import { z } from 'zod';
import { parseBoundedJson } from '../../files/bounded-json.ts';
import type { LayerPosition } from './tasks.ts';

/** How a layer stands, as the journal of a pull says. */
export type LayerState = 'done' | LayerPosition;

const whole = z.int().min(0);
const lineSchema = z.union([
  z.object({ layer: whole, done: z.literal(true) }),
  z.object({ layer: whole, encoded: whole, plain: whole }),
]);

/** So much of the layer is on disk. */
export function printProgress(layer: number, { encoded, plain }: LayerPosition): string {
  return `${JSON.stringify({ layer, encoded, plain })}\n`;
}

/** All of it is, and was verified. */
export function printDone(layer: number): string {
  return `${JSON.stringify({ layer, done: true })}\n`;
}

/**
 * What the lines say, the later of two about one layer. A line that can't be read is one that a kill cut off, or two that
 * were written at once where a file system allows that: it says nothing, and costs a little fetching.
 */
export function readLines(text: string): Map<number, LayerState> {
  const states = new Map<number, LayerState>();
  for (const line of text.split('\n')) {
    const parsed = lineSchema.safeParse(parse(line));
    if (!parsed.success) continue;
    states.set(parsed.data.layer, 'done' in parsed.data ? 'done' : parsed.data);
  }
  return states;
}

function parse(line: string): unknown {
  try {
    return parseBoundedJson(line);
  } catch (error) {
    return undefined;
  }
}
