import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../library/testing/temporary-home.ts';

const root = path.resolve(import.meta.dirname, '../..');
const tool = path.join(root, 'bin/tatin');

/** Runs Tatin in a shell with that umask; returns what it printed. */
async function tatin(folder: string, umask: string, ...args: string[]): Promise<string> {
  const env = {
    ...process.env,
    TART_HOME: path.join(folder, 'home'),
    TATIN_STATE: path.join(folder, 'state'),
    TATIN_CACHE: path.join(folder, 'cache'),
    TATIN_RUNTIME: path.join(folder, 'run'),
  };
  const child = spawn('sh', ['-c', `umask ${umask}; exec "$@"`, 'sh', tool, ...args], { env });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.on('close', resolve);
  if ((await promise) !== 0) throw new Error(said);
  return said;
}

/** Everything below a folder that anybody but its owner may read, write or enter. */
function openToOthers(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isSymbolicLink())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((place) => (statSync(place).mode & 0o077) !== 0);
}

describe('What Tatin makes', () => {
  it.each(['000', '022'])('is for its user alone, with umask %s', async (umask) => {
    using folder = temporaryFolder();
    const run = (...args: string[]) => tatin(folder.path, umask, ...args);
    await run('create', 'a', '--linux', '--disk-size', '1');
    await run('clone', 'a', 'b');
    await run('rename', 'b', 'c');
    await run('set', 'c', '--cpu', '2');
    await run('export', 'a', path.join(folder.path, 'home', 'a.tvm'));
    await run('import', path.join(folder.path, 'home', 'a.tvm'), 'd');
    const exported = path.join(folder.path, 'home', 'a.tvm');
    expect(openToOthers(folder.path).filter((place) => place !== exported)).toEqual([]);
    expect(readdirSync(path.join(folder.path, 'home/vms')).sort()).toEqual(['a', 'c', 'd']);
  });
});
