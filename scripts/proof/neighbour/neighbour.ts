/**
 * Another user of the computer: a process that gives its rights away and then tries to get at what it is told, in folders
 * and by names that it could not have found itself. `node neighbour.ts UID`; each line of its input is `try PATH` (answered
 * with `kept`, or how it got in), `watch FOLDER` (begins to look into it again and again) or `stop` (what it saw), the
 * latter two answered with a line of JSON.
 */
import { closeSync, type Dirent, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const uid = Number(process.argv[2]);
// Only a process of the superuser gets here, so that these are there.
process.setgroups?.([]);
process.setgid?.(uid);
process.setuid?.(uid);

function canRead(file: string): boolean {
  try {
    const fd = openSync(file, 'r');
    try {
      return readSync(fd, Buffer.alloc(1), 0, 1, 0) >= 0;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return false;
  }
}

function canList(folder: string): boolean {
  try {
    readdirSync(folder);
    return true;
  } catch (error) {
    return false;
  }
}

async function canConnect(socket: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const connection = connect(socket, () => resolve(true)).on('error', () => resolve(false));
  try {
    return await promise;
  } finally {
    connection.destroy();
  }
}

async function attempt(kind: string, place: string): Promise<string> {
  if (kind === 'file') return canRead(place) ? 'read' : 'kept';
  if (kind === 'folder') return canList(place) ? 'listed' : 'kept';
  return (await canConnect(place)) ? 'connected' : 'kept';
}

const seen = new Set<string>();

/** All files that can be found and read from here. */
function lookInto(folder: string): void {
  for (const entry of listing(folder)) {
    const inside = path.join(folder, entry.name);
    if (entry.isDirectory()) lookInto(inside);
    else if (entry.isFile() && !seen.has(inside) && canRead(inside)) seen.add(inside);
  }
}

function listing(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    return [];
  }
}

/** Command lines are for all to read. */
function lookAtProcesses(secret: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    for (const leaf of ['cmdline', 'environ'])
      try {
        if (readFileSync(`/proc/${pid}/${leaf}`, 'latin1').includes(secret)) seen.add(`/proc/PID/${leaf}`);
      } catch (error) {
        // It ended, or keeps that to itself.
      }
}

async function watch(folder: string, secret: string, { signal }: { signal: AbortSignal }): Promise<void> {
  while (!signal.aborted) {
    lookInto(folder);
    lookAtProcesses(secret);
    await delay(5);
  }
}

let watching = new AbortController();
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [verb = '', kind = '', ...rest] = line.split(' ');
  if (verb === 'try') console.log(await attempt(kind, rest.join(' ')));
  else if (verb === 'watch') {
    watching = new AbortController();
    void watch(rest.join(' '), kind, watching);
    console.log('watching');
  } else {
    watching.abort();
    console.log(JSON.stringify([...seen]));
    seen.clear();
  }
}
process.exit();
