import { createHash } from 'node:crypto';
import path from 'node:path';
import { stateFolder } from '../host/folders.ts';

/**
 * Where the jobs of a home are kept. Each home has its own folder: a Tatin that has another home open must not go on with
 * them there.
 */
export function jobsFolder(home: string): string {
  const identity = createHash('sha256').update(path.resolve(home)).digest('hex').slice(0, 16);
  return path.join(stateFolder(), 'jobs', identity);
}
