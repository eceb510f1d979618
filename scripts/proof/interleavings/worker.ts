/**
 * A Tatin that works on the home in argv[2], beside others: `node worker.ts HOME HELD [IMAGE]`. It answers each line of its
 * input, "SPIN VERB WORDS", with "done" or a code; SPIN microseconds are let pass first, so that programs meet at every
 * step of each other. HELD is a folder in which the holder of a lock keeps a file: two can't have the same.
 */
import { closeSync, openSync, statSync, unlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../../electron/contract/errors.ts';
import { hasCode } from '../../../electron/files/error-codes.ts';
import { tartFiles } from '../../../electron/library/layout.ts';
import { Library } from '../../../electron/library/library.ts';
import { RunLock, withHomeLock } from '../../../electron/files/locks.ts';
import { quietWork } from '../../../electron/library/testing/temporary-home.ts';
import { cloneImage, findImage } from '../../../electron/registry/cache/clone-image.ts';
import { deleteImage, imageNotFound } from '../../../electron/registry/cache/remove.ts';
import { parseReference } from '../../../electron/contract/reference.ts';
import { openRegistry } from '../../../electron/registry/client/registry-client.ts';
import { pullImage } from '../../../electron/registry/pull/pull.ts';
import { diskBytes, markedDisk } from './disk-mark.ts';

const [homeFolder = '', held = '', image = ''] = process.argv.slice(2);
const library = await Library.open(homeFolder);

/** Somebody else is where only one may be. */
class BrokenLock extends Error {}

/** Is alone for a moment, and says if not. */
async function aloneAt(place: string): Promise<void> {
  const file = path.join(held, place);
  try {
    closeSync(openSync(file, 'wx'));
  } catch (error) {
    throw new BrokenLock(`Two programs hold ${place}.`, { cause: error });
  }
  await delay(Math.random() * 3);
  unlinkSync(file);
}

async function hold(name: string): Promise<void> {
  const { folder } = await library.get(name);
  const config = path.join(folder, tartFiles.config);
  using lock = lockOf(config);
  if (lock === undefined) throw new AppError('vm-running', 'Another program has it.');
  // Tart renames what is locked; then the place is not known here. Asking for the inode opens nothing, so the lock stays.
  const status = statSync(config, { throwIfNoEntry: false, bigint: true });
  if (status !== undefined) await aloneAt(String(status.ino));
}

/** The lock of a machine; undefined if somebody has it. */
function lockOf(config: string): RunLock | undefined {
  try {
    return RunLock.tryAcquire(config);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw new AppError('vm-not-found', 'It was moved away.', { cause: error });
    throw error;
  }
}

async function fill(disk: { path: string }, mark: string): Promise<void> {
  await using handle = await open(disk.path, 'r+');
  await handle.write(markedDisk(mark), 0, diskBytes, 0);
}

async function pull(): Promise<void> {
  const reference = parseReference(image);
  const client = openRegistry({ host: reference.host, insecure: true });
  const { signal, progress } = quietWork();
  await pullImage({ reference, client, home: library.home, signal, progress, concurrency: 2 });
}

async function dropImage(): Promise<void> {
  const found = findImage(library.home, image);
  if (found === undefined) throw imageNotFound(image);
  await deleteImage(library.home, found.id);
}

async function obey(verb: string, [name = '', other = '']: readonly string[]): Promise<unknown> {
  switch (verb) {
    case 'create': {
      const spec = { name, os: 'linux' as const, diskBytes, fill: (disk: { path: string }) => fill(disk, other) };
      return await library.create(spec, quietWork());
    }
    case 'clone':
      return await library.clone(name, other, quietWork());
    case 'rename':
      return await library.rename(name, other);
    case 'remove': {
      await library.delete(name, 'permanent');
      return;
    }
    case 'trash': {
      await library.delete(name, 'trash');
      return;
    }
    case 'configure':
      return await library.configure(name, { cpuCount: 1 + Math.floor(Math.random() * 1000), randomMac: true });
    case 'annotate':
      return await library.annotate(name, { notes: 'n'.repeat(Math.floor(Math.random() * 5000)) });
    case 'list':
      return await library.list();
    case 'sweep': {
      await library.sweep();
      return;
    }
    case 'hold': {
      await hold(name);
      return;
    }
    case 'lock-home': {
      await withHomeLock(library.home, () => aloneAt('home'), AbortSignal.timeout(60_000));
      return;
    }
    case 'pull': {
      await pull();
      return;
    }
    case 'drop-image': {
      await dropImage();
      return;
    }
    case 'clone-image':
      return await cloneImage(library, image, name, quietWork());
    default:
      throw new Error(`what is ${verb}?`);
  }
}

/** Lets so many microseconds pass without giving the turn away. */
function spin(microseconds: number): void {
  for (const end = performance.now() + microseconds / 1000; performance.now() < end;);
}

async function answer(line: string): Promise<string> {
  const [microseconds = '', verb = '', ...words] = line.split(' ');
  spin(Number(microseconds));
  try {
    await obey(verb, words);
    return 'done';
  } catch (error) {
    if (error instanceof BrokenLock) return `broken-lock ${error.message}`;
    const { code, details = '' } = AppError.from(error);
    return code === 'unexpected' ? `unexpected ${details.replace(/\s+/g, ' ')}` : code;
  }
}

console.log('ready');
for await (const line of createInterface({ input: process.stdin })) console.log(await answer(line));
process.exit();
