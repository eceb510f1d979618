import { existsSync } from 'node:fs';
import path from 'node:path';
import { deepLinkScheme } from './deep-link.ts';

/** What the system hands to the app besides starting it. */
export interface LaunchArguments {
  readonly files: string[];
  /** Addresses of ours, as they came. */
  readonly links: string[];
}

/**
 * Picks files and addresses out of the arguments of a start, which is how other systems than macOS hand them over. Switches
 * and what is not there are Electron's, or nobody's.
 * @param words without the program, and without the app's folder where that is one of them
 * @param folder where relative paths begin
 */
export function launchArguments(words: readonly string[], folder: string): LaunchArguments {
  const links = words.filter((word) => word.toLowerCase().startsWith(`${deepLinkScheme}:`));
  const files = words
    .filter((word) => word !== '' && !word.startsWith('-') && !links.includes(word))
    .map((word) => path.resolve(folder, word))
    .filter((file) => existsSync(file));
  return { files, links };
}
