import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';

/** Runs a program to its end and resolves with the seconds that took. Throws if it fails. */
export async function seconds(command: readonly string[], options: SpawnOptions): Promise<number> {
  const since = performance.now();
  const child = spawnCommand(command, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr?.on('data', (bytes: Buffer) => (errors += bytes.toString()));
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${child.exitCode}: ${errors}`);
  return (performance.now() - since) / 1000;
}

export function spawnCommand([program = '', ...args]: readonly string[], options: SpawnOptions): ChildProcess {
  return spawn(program, args, options);
}

/** Resolves when the program's output holds the text, with all that came until then. Throws if it ends before. */
export async function said(child: ChildProcess, text: string): Promise<string> {
  const { stdout } = child;
  if (stdout === null) throw new Error('The program has no output to read.');
  let output = '';
  for await (const bytes of stdout.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    output += bytes.toString();
    if (output.includes(text)) {
      // What nobody reads would stop the program once the pipe is full.
      stdout.resume();
      return output;
    }
  }
  throw new Error(`It ended before it said ${JSON.stringify(text)}: ${output.slice(-2000)}`);
}

/** Ends a child and waits until it is gone. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

/** Memory of a process in decimal megabytes: `Pss` shares out what several processes have in common (proc(5)). */
export async function memoryMegabytes(pid: number): Promise<{ pss: number; rss: number }> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const field = (name: string) => (Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) * 1024) / 1e6;
  return { pss: field('Pss'), rss: field('Rss') };
}
