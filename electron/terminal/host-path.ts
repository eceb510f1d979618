import { homedir } from 'node:os';
import path from 'node:path';

/** The absolute path of what a person named. `~` is the home folder also where no shell saw it, as in `--disk=~/a.iso`. */
export function hostPath(text: string): string {
  return path.resolve(text === '~' || text.startsWith('~/') ? path.join(homedir(), text.slice(1)) : text);
}
