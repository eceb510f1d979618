import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tatin, type World } from './app.ts';
import { breakLibrary } from './library.ts';

/** What a machine of the sample library has beside its name. */
const samples = [
  {
    name: 'build-runner',
    tags: ['ci'],
    notes: 'Builds every push. The signing key expires on 14 March.',
    system: 'Debian 12',
  },
  { name: 'docs-preview', tags: ['ci', 'client-acme'], notes: '', system: 'Alpine 3.22' },
  { name: 'fedora-desktop', tags: ['client-acme'], notes: '', system: 'Fedora 42' },
  { name: 'postgres-test', tags: ['scratch'], notes: '', system: 'Alpine 3.22' },
];

/** Fills a world with machines in several states: two that run, one suspended, some that rest, and a broken one. */
export async function fillLibrary(world: World): Promise<void> {
  for (const { name, ...annotations } of samples) {
    await tatin(world, ['create', '--linux', '--disk-size', '20', name]);
    await writeFile(join(world.home, 'vms', name, 'tatin.json'), JSON.stringify(annotations));
  }
  await tatin(world, ['create', '--demo', 'demo-linux']);
  await tatin(world, ['clone', 'demo-linux', 'web-server']);
  await tatin(world, ['clone', 'demo-linux', 'nightly-tests']);
  await breakLibrary(world);
  for (const name of ['demo-linux', 'web-server']) await tatin(world, ['run', '--detach', name]);
  await tatin(world, ['serial', 'web-server', '--until', 'demo: up']);
  await tatin(world, ['serial', 'demo-linux', '--until', 'demo: up']);
}
