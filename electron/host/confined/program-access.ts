import type { HandedFiles } from './handed-files.ts';

/** A program that reads what strangers made, and what it may touch. */
export interface ConfinedProgram {
  /** Absolute. */
  readonly program: string;
  readonly args: readonly string[];
  /** All files that it can open, beside the libraries of the system. */
  readonly files: HandedFiles;
  /** How long it may make a file. Only Linux holds it to that. */
  readonly maxFileBytes: number;
  /** How much memory it may fill. Only Linux holds it to that. */
  readonly maxMemoryBytes: number;
}
