import path from 'node:path';
import { type VmEvent, vmEventSchema } from '../contract/vm-events.ts';
import { openToWrite, readTail } from '../files/bounded-file.ts';
import { parseBoundedJson } from '../files/bounded-json.ts';
import { withFolderLock } from '../files/locks.ts';
import { replaceFile } from '../files/replace-file.ts';
import { tatinFiles } from './layout.ts';

/** Some thousand events; when a log is longer, its older half goes. In bytes. */
const maxLogLength = 256 * 1024;

/** Most of a log that is read: one that comes from elsewhere may be of any length. In bytes. */
const maxReadBytes = 2 * maxLogLength;
/** Longest line that is looked at, in characters: a reason has 2,000 at most. */
const maxLine = 16 * 1024;
/** The end of a log that is enough for the last few events; in bytes. */
const tailBytes = 16 * 1024;
/** How long others may hold the log before an event is given up: each holds it for one line. */
const patienceMs = 10_000;

/**
 * Notes what happened to a VM, in its folder. Several processes may note things at once: each event is
 * one line, written under the log's lock. Never throws: a full disk loses the note and nothing else.
 */
export async function noteEvent(folder: string, event: Omit<VmEvent, 'at'>, at = new Date()): Promise<void> {
  const file = path.join(folder, tatinFiles.events);
  const line = `${JSON.stringify({ at: at.toISOString(), ...event })}\n`;
  try {
    // Made first, since what is not there can't be locked.
    await (await openToWrite(file, 0o600)).close();
    await withFolderLock(file, () => append(file, line), AbortSignal.timeout(patienceMs));
  } catch {
    // A VM that was deleted meanwhile, or a disk that is full.
  }
}

/** Under the log's lock: what another process appended between reading and replacing would be lost. */
async function append(file: string, line: string): Promise<void> {
  await using handle = await openToWrite(file, 0o600);
  if ((await handle.stat()).size < maxLogLength) {
    await handle.write(line);
    return;
  }
  const lines = (await readTail(file, maxLogLength)).toString().split('\n');
  await replaceFile(file, lines.slice(Math.ceil(lines.length / 2)).join('\n') + line, { mode: 0o600 });
}

/** What happened to a VM, newest first; at most `most`. A line that is no event (cut off by a kill) is left out. */
export async function readEvents(folder: string, max: number): Promise<VmEvent[]> {
  const file = path.join(folder, tatinFiles.events);
  const tail = await readTail(file, max > 10 ? maxReadBytes : tailBytes).catch(() => '');
  const text = tail.toString();
  const events = text.split('\n').flatMap((line) => {
    const event = parse(line);
    return event === undefined ? [] : [event];
  });
  return events.reverse().slice(0, max);
}

function parse(line: string): VmEvent | undefined {
  try {
    return line.length > maxLine ? undefined : vmEventSchema.parse(parseBoundedJson(line));
  } catch {
    return undefined;
  }
}
