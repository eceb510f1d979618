import path from 'node:path';
import { realpath } from 'node:fs/promises';
import { nativeProgram } from '../../files/native-addon.ts';
import type { ConfinedProgram } from './program-access.ts';

/** Exit codes of `native/confine`, by which it says that it did not run the program. */
export const launcherExits = { usage: 120, cannotConfine: 121, failed: 122 };

/** Where the loader finds what programs are linked with; package managers of their own last. Nobody's data is there. */
const libraries = [
  '/usr/lib',
  '/usr/lib32',
  '/usr/lib64',
  '/usr/local/lib',
  '/lib',
  '/lib64',
  '/etc/ld.so.cache',
  '/nix/store',
  '/gnu/store',
  ...['lib', 'opt', 'Cellar'].map((name) => `/home/linuxbrew/.linuxbrew/${name}`),
];
/** QEMU tries its locks on `/dev/null`, and fills its hash tables with random numbers. */
const devices = ['/dev/null', '/dev/urandom'];

/** How a program is started in confinement: by a launcher of ours, which tells Landlock and seccomp and becomes it. */
export async function onLinux({
  program,
  args,
  files,
  maxFileBytes,
  maxMemoryBytes,
}: ConfinedProgram): Promise<{ command: string; args: string[] }> {
  const real = await realpath(program);
  // Of one that lies beside its libraries, as in /opt/qemu/bin and /opt/qemu/lib.
  const own = path.join(path.dirname(real), '../lib');
  const options: (readonly [string, string | number])[] = [
    ['--parent', process.pid],
    ['--longest-file', maxFileBytes],
    ['--data', maxMemoryBytes],
    ...files.numbers.read.map((number) => ['--read', number] as const),
    ...files.numbers.write.map((number) => ['--write', number] as const),
    ...[...libraries, own].map((place) => ['--library', place] as const),
    ...devices.map((device) => ['--device', device] as const),
  ];
  return { command: nativeProgram('confine'), args: [...options.flat().map(String), '--', real, ...args] };
}
