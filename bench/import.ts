import { randomBytes } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { openAllServices } from '../electron/operations/open-services.ts';
import { BenchHome } from './home.ts';
import { compare, type Measurement } from './measure.ts';
import { seconds } from './processes.ts';

const pairs = 5;
const mebibyte = 1024 ** 2;
/** Data of a small server, spread over a disk of several times the length. */
const dataBytes = 8192 * mebibyte;
const stripeBytes = 64 * mebibyte;
const name = 'imported';

/**
 * A QCOW2 image becomes a machine: our import with all that it checks, as a job of the app, and `qemu-img convert` alone.
 * Both write to the same volume, and both results are deleted before the next.
 */
export async function measureImport(_root: string, say: (line: string) => void): Promise<Measurement[]> {
  using home = new BenchHome();
  const image = await makeImage(home.folder);
  Object.assign(process.env, home.environment);
  await using services = await openAllServices({ home: path.join(home.folder, 'home') });
  const { handlers } = services.backend;
  const context = { signal: new AbortController().signal };
  const importOnce = async (): Promise<number> => {
    await seconds(['sync'], {});
    const since = performance.now();
    const source = { from: 'path' as const, path: image };
    const job = await handlers['imports.start']({ source, name, arch: 'amd64', how: 'copy', start: false }, context);
    const end = await services.jobs.ended(job.id);
    if (end.state === 'failed') throw new Error(end.error.message);
    const took = (performance.now() - since) / 1000;
    await services.library.delete(name, 'permanent');
    return took;
  };
  const target = path.join(home.folder, 'home', 'bare.img');
  const convertOnce = async (): Promise<number> => {
    await seconds(['sync'], {});
    const took = await seconds(['qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw', image, target], {});
    await rm(target);
    return took;
  };
  const question = {
    key: 'import-qcow2',
    question: 'Importing a QCOW2 image with 8 GiB of data',
    unit: 's',
    target: 1.1,
  } as const;
  const ours = { name: '`imports.start`', once: importOnce };
  return [await compare(question, ours, { name: 'bare `qemu-img convert`', once: convertOnce }, pairs, say)];
}

async function makeImage(folder: string): Promise<string> {
  const raw = path.join(folder, 'raw.img');
  const image = path.join(folder, 'image.qcow2');
  await mkdir(path.join(folder, 'home'), { recursive: true });
  const handle = await open(raw, 'wx');
  try {
    const stripe = randomBytes(stripeBytes);
    await handle.truncate(dataBytes * 4);
    // Every fourth stripe holds data.
    for (let done = 0; done < dataBytes; done += stripeBytes) await handle.write(stripe, 0, stripeBytes, done * 4);
  } finally {
    await handle.close();
  }
  await seconds(['qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', raw, image], {});
  await rm(raw);
  return image;
}
