import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { vmIdSchema, type VmId } from '../contract/machine.ts';
import { readBoundedSync } from '../files/bounded-file.ts';
import { parseBoundedJson } from '../files/bounded-json.ts';
import { replaceFileSync } from '../files/replace-file.ts';

const rectangleSchema = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().positive(),
  height: z.int().positive(),
});

const placeSchema = z.object({
  /** Of the window as it is when neither maximised nor in full screen. */
  bounds: rectangleSchema,
  fullScreen: z.boolean().default(false),
  maximized: z.boolean().default(false),
});
/** Where a window stood, and how. */
export type WindowPlace = z.infer<typeof placeSchema>;

const memorySchema = z.object({
  version: z.literal(1),
  library: placeSchema.optional(),
  settings: placeSchema.optional(),
  consoles: z.record(vmIdSchema, placeSchema.extend({ open: z.boolean().default(false) })).default({}),
});
type Memory = z.infer<typeof memorySchema>;

const nothing: Memory = { version: 1, consoles: {} };

/**
 * Remembers in one small file where each window stood and which consoles were open. It is only a convenience, so a file that
 * is missing, broken or of a later Tatin means that nothing is remembered, and one that can't be written is no reason
 * to stop.
 */
export class WindowMemory {
  readonly #path: string;
  #memory: Memory;
  #written: string;

  private constructor(path: string, memory: Memory) {
    this.#path = path;
    this.#memory = memory;
    this.#written = JSON.stringify(memory);
  }

  /** Reads the file at `path`, which need not exist. */
  static read(path: string): WindowMemory {
    return new WindowMemory(path, readMemory(path));
  }

  get library(): WindowPlace | undefined {
    return this.#memory.library;
  }

  setLibrary(place: WindowPlace): void {
    this.#memory = { ...this.#memory, library: place };
  }

  get settings(): WindowPlace | undefined {
    return this.#memory.settings;
  }

  setSettings(place: WindowPlace): void {
    this.#memory = { ...this.#memory, settings: place };
  }

  console(id: VmId): WindowPlace | undefined {
    return this.#memory.consoles[id];
  }

  setConsole(id: VmId, place: WindowPlace, open: boolean): void {
    this.#memory = { ...this.#memory, consoles: { ...this.#memory.consoles, [id]: { ...place, open } } };
  }

  /** The machines whose console was open when the app last ended. */
  openConsoles(): VmId[] {
    return Object.entries(this.#memory.consoles)
      .filter(([, place]) => place.open)
      .map(([id]) => id);
  }

  /** Forgets machines that are no more. */
  keepOnly(ids: ReadonlySet<VmId>): void {
    const kept = Object.entries(this.#memory.consoles).filter(([id]) => ids.has(id));
    this.#memory = { ...this.#memory, consoles: Object.fromEntries(kept) };
  }

  /**
   * Writes the file if anything changed, aside and then in one step. Synchronous, so that it can be the last thing an
   * app does.
   */
  write(): void {
    const text = JSON.stringify(this.#memory);
    if (text === this.#written) return;
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      replaceFileSync(this.#path, text, { mode: 0o600 });
      this.#written = text;
    } catch (error) {
      console.error(`The places of the windows could not be kept in ${this.#path}:`, error);
    }
  }
}

function readMemory(path: string): Memory {
  try {
    return memorySchema.parse(parseBoundedJson(readBoundedSync(path).toString()));
  } catch {
    return nothing;
  }
}
