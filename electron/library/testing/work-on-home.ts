/**
 * A program that works on the home in argv[2]. It answers each line of its input ("create NAME", "clone NAME NEW",
 * "rename NAME NEW", "trash NAME", "remove NAME", "configure NAME", "annotate NAME") with "done" or the code of the error.
 */
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { AppError } from '../../contract/errors.ts';
import { Library } from '../library.ts';
import { generator } from './random.ts';
import { quietWork } from './temporary-home.ts';

/** Every disk holds this byte, so that half of one can be told. */
export const diskByte = 0x5a;
export const diskBytes = 6_144_000;

const random = generator(2026);

async function fill(disk: { path: string }): Promise<void> {
  await using handle = await open(disk.path, 'r+');
  const piece = Buffer.alloc(1_024_000, diskByte);
  for (let offset = 0; offset < diskBytes; offset += piece.length) await handle.write(piece, 0, piece.length, offset);
}

async function obey(library: Library, [verb, name = '', newName = '']: string[]): Promise<unknown> {
  switch (verb) {
    case 'create':
      return await library.create({ name, os: 'linux', diskBytes, annotations: { notes: name }, fill }, quietWork());
    case 'clone':
      return await library.clone(name, newName, quietWork());
    case 'rename':
      return await library.rename(name, newName);
    case 'trash': {
      await library.delete(name, 'trash');
      return;
    }
    case 'remove': {
      await library.delete(name, 'permanent');
      return;
    }
    case 'configure':
      return await library.configure(name, { cpuCount: 1 + Math.floor(random() * 1000), randomMac: true });
    case 'annotate':
      return await library.annotate(name, { notes: 'n'.repeat(Math.floor(random() * 10_000)) });
    default:
      throw new Error(`what is ${String(verb)}?`);
  }
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

const home = process.argv[2];
if (import.meta.main && home !== undefined) await main(home);
