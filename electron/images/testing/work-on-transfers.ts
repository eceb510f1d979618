/**
 * A program that imports into the home in argv[2] and exports from it. It answers each line of its input ("import NAME
 * FILE", "export NAME FILE FORMAT") with "done" or the code of the error.
 */
import { createInterface } from 'node:readline';
import { AppError } from '../../contract/errors.ts';
import { exportFormatSchema } from '../../contract/imports.ts';
import { Library } from '../../library/library.ts';
import { quietWork } from '../../library/testing/temporary-home.ts';
import { exportMachine } from '../export/export-machine.ts';
import { findMachine } from '../import/find-machine.ts';
import { makeMachine } from '../import/make-machine.ts';

/** So small that a disk of some megabytes has several parts, each of which is noted. */
const keeping = { owner: 'test', windowBytes: 4 * 1024 ** 2, checkpointMs: 0 };

async function obey(library: Library, [verb, name = '', file = '', format = '']: string[]): Promise<void> {
  const work = quietWork();
  if (verb === 'export') {
    const target = { path: file, format: exportFormatSchema.parse(format), overwrite: false };
    await exportMachine(library.home, await library.get(name), target, work);
    return;
  }
  const found = await findMachine(file, work.signal);
  if (found.is !== 'machine') throw new Error(`${file} is ${found.is}`);
  await makeMachine(library, found.plan, { name, how: 'copy', arch: 'amd64' }, work, keeping);
}

async function main(home: string): Promise<void> {
  const library = await Library.open(home);
  console.log('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      await obey(library, line.split(' '));
      console.log('done');
    } catch (error) {
      console.log(AppError.from(error).code);
    }
  }
}

await main(process.argv[2] ?? '');
