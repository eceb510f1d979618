import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, rmSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { fractionOf } from '../../jobs/job-progress.ts';
import type { Work } from '../../jobs/work.ts';
import { openToWriteSync, readTail } from '../../files/bounded-file.ts';
import { printableText } from '../../contract/printable.ts';

/** A log that has become longer is begun anew. */
const maxBytes = 1_000_000;
/** The end of it, for a page. */
const shownBytes = 64 * 1024;

/**
 * What happens while macOS is installed, line by line with the time. It is kept beside the machines, since a machine whose
 * installation fails leaves nothing; a second attempt under the same name goes on in the same file.
 */
export class InstallLog {
  readonly path: string;

  constructor(stateFolder: string, vmName: string) {
    this.path = pathOf(stateFolder, vmName);
    mkdirSync(path.dirname(this.path), { recursive: true, mode: 0o700 });
    if ((statSync(this.path, { throwIfNoEntry: false })?.size ?? 0) > maxBytes) rmSync(this.path);
  }

  /** Writes a line; what can't be written must not end an installation. */
  line(text: string): void {
    try {
      const descriptor = openToWriteSync(this.path, 0o600);
      try {
        writeSync(descriptor, `${new Date().toISOString()} ${printableText(text)}\n`);
      } finally {
        closeSync(descriptor);
      }
    } catch {
      // The disk is full, which the installation will find out by itself.
    }
  }

  /** What went wrong, with everything that is known of it. */
  error(thrown: unknown): void {
    const { code, message, hint, details } = AppError.from(thrown);
    for (const text of [`Failed (${code}): ${message}`, hint, details])
      if (text !== undefined) this.line(text.replaceAll('\n', '\n    '));
  }

  /** The same work, with each step and each tenth of it written down. */
  follow(work: Work): Work {
    let step = '';
    let tenth = 0;
    const progress: Work['progress'] = (report) => {
      if (report.step !== undefined && report.step !== step) {
        ({ step } = report);
        tenth = 0;
        this.line(step);
      }
      const reached = Math.floor((fractionOf(report) ?? 0) * 10);
      if (reached > tenth) {
        tenth = reached;
        this.line(`${step}: ${reached * 10} %`);
      }
      work.progress(report);
    };
    return { ...work, progress };
  }
}

/** A name may be longer than what a file with an ending may be called. */
function pathOf(stateFolder: string, vmName: string): string {
  const name = createHash('sha256').update(vmName).digest('hex').slice(0, 24);
  return path.join(stateFolder, 'installations', `${name}.log`);
}

/** The end of what was written down for a machine of that name. @throws AppError `file-not-found` */
export async function readInstallLog(stateFolder: string, vmName: string): Promise<{ path: string; text: string }> {
  const file = pathOf(stateFolder, vmName);
  const tail = await readTail(file, shownBytes).catch((error: unknown) => {
    throw new AppError('file-not-found', `There is no log of an installation of ${JSON.stringify(vmName)}.`, {
      cause: error,
    });
  });
  const text = tail.toString('utf8');
  if (tail.length < shownBytes) return { path: file, text };
  // The first line is cut.
  return { path: file, text: text.slice(text.indexOf('\n') + 1) };
}
