import { appendFile, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type VmEvent, vmEventSchema } from '../contract/vm-events.ts';
import { tatinFiles } from './layout.ts';

/** Some thousand events; when a log is longer, its older half goes. In bytes. */
const longestLog = 256 * 1024;

/** The end of a log that is enough for the last few events; in bytes. */
const tailBytes = 16 * 1024;

/**
 * Notes what happened to a VM, in its folder. Each event is one line that is written in one step, so that several
 * processes may note things at once. Never throws: a full disk loses the note and nothing else.
 */
export async function noteEvent(folder: string, event: Omit<VmEvent, 'at'>, at = new Date()): Promise<void> {
  const file = path.join(folder, tatinFiles.events);
  try {
    await shorten(file);
    await appendFile(file, `${JSON.stringify({ at: at.toISOString(), ...event })}\n`);
  } catch {
    // A VM that was deleted meanwhile, or a disk that is full.
  }
}

async function shorten(file: string): Promise<void> {
  const size = (await stat(file).catch(() => undefined))?.size ?? 0;
  if (size < longestLog) return;
  const lines = (await readFile(file, 'utf8')).split('\n');
  const aside = `${file}.${process.pid}`;
  try {
    await writeFile(aside, lines.slice(Math.floor(lines.length / 2)).join('\n'));
    await rename(aside, file);
  } finally {
    await rm(aside, { force: true });
  }
}

/** What happened to a VM, newest first; at most `most`. A line that is no event (cut off by a kill) is left out. */
export async function readEvents(folder: string, most: number): Promise<VmEvent[]> {
  const text = await textOf(path.join(folder, tatinFiles.events), most).catch(() => '');
  const events = text.split('\n').flatMap((line) => {
    const event = parse(line);
    return event === undefined ? [] : [event];
  });
  return events.reverse().slice(0, most);
}

/** All of a log, or only its end where that is surely enough. */
async function textOf(file: string, most: number): Promise<string> {
  if (most > 10) return await readFile(file, 'utf8');
  await using handle = await open(file);
  const { size } = await handle.stat();
  const { buffer, bytesRead } = await handle.read({
    buffer: Buffer.alloc(tailBytes),
    position: Math.max(0, size - tailBytes),
  });
  return buffer.toString('utf8', 0, bytesRead);
}

function parse(line: string): VmEvent | undefined {
  try {
    return vmEventSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
