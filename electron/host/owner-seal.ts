import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { hasCode } from '../files/error-codes.ts';
import { ownUid, stateFolder } from './folders.ts';

/** Of HMAC-SHA-256 (RFC 2104): a key as long as its output. */
const keyBytes = 32;
const keyFile = 'owner.key';

/**
 * Proof that this user, on this computer, agreed to `value` for this `purpose`: an HMAC-SHA-256 over both with a key that
 * lies in the state folder and goes nowhere else. What a seal is for is part of it, so none stands for another thing.
 * @param value plain data of JSON; the order of keys means nothing
 * @throws Node's errors of writing if there is no key yet and none can be made
 */
export function sealOf(purpose: string, value: unknown): string {
  return sign(readKey() ?? makeKey(), purpose, value);
}

/** Whether {@link sealOf} made this seal of the same value for the same purpose. False for anything that is no seal. */
export function isSealed(purpose: string, value: unknown, seal: unknown): boolean {
  const key = readKey();
  if (key === undefined || typeof seal !== 'string') return false;
  const [given, right] = [Buffer.from(seal), Buffer.from(sign(key, purpose, value))];
  return given.length === right.length && timingSafeEqual(given, right);
}

function sign(key: Buffer, purpose: string, value: unknown): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([purpose, canonical(value)]))
    .digest('hex');
}

/** The same data with its keys in order, and without those that JSON leaves out. An object is told from a list of pairs. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  const ordered = entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return { object: ordered.map(([key, inner]) => [key, canonical(inner)]) };
}

/** Undefined if there is none, or one that others could have read or put there: what it sealed is asked for again. */
function readKey(): Buffer | undefined {
  let fd: number;
  try {
    fd = openSync(path.join(stateFolder(), keyFile), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch {
    return undefined;
  }
  try {
    const status = fstatSync(fd);
    const isOwn = status.isFile() && status.uid === ownUid() && (status.mode & 0o077) === 0;
    if (!isOwn || status.size !== keyBytes) return undefined;
    const key = Buffer.alloc(keyBytes);
    return readSync(fd, key, 0, keyBytes, 0) === keyBytes ? key : undefined;
  } finally {
    closeSync(fd);
  }
}

/** Of two who make one at the same time, both go on with the first: a name is given once. */
function makeKey(): Buffer {
  const folder = stateFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, keyFile);
  const aside = `${file}.${randomUUID()}`;
  try {
    writeFileSync(aside, randomBytes(keyBytes), { mode: 0o600, flag: 'wx', flush: true });
    if (!linked(aside, file) && readKey() === undefined) {
      // What is there is no key, see above.
      rmSync(file, { recursive: true, force: true });
      linked(aside, file);
    }
  } finally {
    rmSync(aside, { force: true });
  }
  const key = readKey();
  if (key === undefined) throw new Error(`${file} can't be made a file for its owner alone.`);
  return key;
}

/** False if something has that name. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}
