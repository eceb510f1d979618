import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Library } from '../../../electron/library/library.ts';
import { quietWork, temporaryFolder } from '../../../electron/library/testing/temporary-home.ts';
import { parseReference } from '../../../electron/contract/reference.ts';
import { openRegistry } from '../../../electron/registry/client/registry-client.ts';
import { startRegistry } from '../../../electron/registry/client/testing/registry.ts';
import { pushImage } from '../../../electron/registry/push/push.ts';
import { diskBytes, markedDisk } from './disk-mark.ts';
import { imageMark } from './operations.ts';

/** Gives the name of an image with a marked disk in a registry of its own to the work. */
export async function withMarkedImage<T>(work: (image: string) => Promise<T>): Promise<T> {
  await using registry = await startRegistry();
  using folder = temporaryFolder();
  const library = await Library.open(path.join(folder.path, 'home'));
  mkdirSync(library.home.vms, { recursive: true });
  const fill = (disk: { path: string }): Promise<void> => writeFile(disk.path, markedDisk(imageMark));
  const { folder: vmFolder } = await library.create({ name: 'source', os: 'linux', diskBytes, fill }, quietWork());
  const image = `${registry.host}/team/marked:v1`;
  const clientOf = (host: string) => openRegistry({ host, insecure: true });
  await pushImage({ vmFolder, home: library.home, references: [parseReference(image)], clientOf, ...quietWork() });
  return await work(image);
}
