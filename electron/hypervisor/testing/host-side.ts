import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { hasCode } from '../../files/error-codes.ts';
import { OtherProgram } from '../../library/testing/other-program.ts';

/** A folder for PATH with the programs that run guests, but for passt, made within this folder. */
export function programsWithoutPasst(folder: string): string {
  const programs = path.join(folder, 'programs');
  mkdirSync(programs);
  for (const name of ['qemu-system-x86_64', 'setpriv']) {
    const [found] = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).split('\n');
    symlinkSync(found ?? '', path.join(programs, name));
  }
  return programs;
}

/** A TCP port of the loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const signalOwner = `
import fcntl, os, signal, struct, sys
with open(sys.argv[1], 'r+b') as f:
    answer = fcntl.fcntl(f, fcntl.F_GETLK, struct.pack('hhqqi4x', fcntl.F_RDLCK, 0, 0, 0, 0))
pid = struct.unpack('hhqqi4x', answer)[4]
# 0 and -1 would mean whole groups of processes.
assert pid > 0, 'nobody runs it'
os.kill(pid, getattr(signal, sys.argv[2]))
print(pid)
`;

/** Does what `tart stop` and `tart suspend` do: asks who holds the lock and sends that process a signal. */
export async function signalByPython(configPath: string, signal: string): Promise<number> {
  await using python = OtherProgram.python(signalOwner, configPath, signal);
  return Number(await python.line());
}

/** Fills the file system that the file lies on, to the last byte. */
export async function fillUp(file: string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    for (let piece = Buffer.alloc(1_000_000); piece.length > 0;)
      try {
        await handle.writeFile(piece);
      } catch (error) {
        if (!hasCode(error, 'ENOSPC')) throw error;
        piece = piece.subarray(0, Math.floor(piece.length / 10));
      }
  } finally {
    await handle.close();
  }
}
