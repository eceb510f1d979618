import type { ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runLockPid } from '../electron/files/locks.ts';
import { BenchHome } from './home.ts';
import { compare, type Measurement } from './measure.ts';
import { end, said, seconds, spawnCommand } from './processes.ts';

const pairs = 5;
const name = 'guest';
const upLine = 'demo: up';

/**
 * From the command to the guest's word that it is up: `tatin run`, and QEMU with the very command line that `tatin run`
 * gives it, started by hand. Both boot the same disk from the same bytes.
 */
export async function measureStart(root: string, say: (line: string) => void): Promise<Measurement[]> {
  using home = new BenchHome();
  const tatin = path.join(root, 'bin/tatin');
  const environment = home.environment;
  await seconds([tatin, 'create', name, '--demo', '--cpu', '1', '--memory', '512'], { env: environment });
  const byHand = await firstBoot(home, tatin);
  const pristine = path.join(home.folder, 'pristine');
  await copySparsely(path.join(home.vms, name), pristine);
  const restore = () => copySparsely(pristine, path.join(home.vms, name));
  return [
    await compare(
      { key: 'start', question: 'From the command to a guest that is up', unit: 's', target: 1.1 },
      {
        name: '`tatin run`',
        once: async () => {
          await restore();
          return await tatinRun(home, tatin);
        },
      },
      {
        name: 'the same QEMU by hand',
        once: async () => {
          await restore();
          return await runByHand(byHand);
        },
      },
      pairs,
      say,
    ),
  ];
}

async function tatinRun(home: BenchHome, tatin: string): Promise<number> {
  const since = performance.now();
  const child = spawnCommand([tatin, 'run', '--serial', name], {
    env: home.environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    await said(child, upLine);
    return (performance.now() - since) / 1000;
  } finally {
    await seconds([tatin, 'stop', '--force', name], { env: home.environment });
    await end(child);
  }
}

/** Programs that Tatin started for a guest, with the arguments that it gave them. */
interface CommandLines {
  readonly qemu: readonly string[];
  /** Absent where the guest has QEMU's own network. */
  readonly passt: readonly string[] | undefined;
}

/** Boots once and shuts down, so that what a guest does only at its first start is done; looks at how QEMU was started. */
async function firstBoot(home: BenchHome, tatin: string): Promise<CommandLines> {
  const env = home.environment;
  await seconds([tatin, 'run', '--detach', name], { env });
  await seconds([tatin, 'serial', name, '--until', upLine, '--timeout', '300'], { env });
  const owner = runLockPid(path.join(home.vms, name, 'config.json'));
  const children = await commandLinesUnder(owner ?? Number.NaN);
  await seconds([tatin, 'stop', '--timeout', '120', name], { env });
  const find = (program: string) => children.find(([file = '']) => path.basename(file).startsWith(program));
  const qemu = find('qemu-system');
  if (qemu === undefined) throw new Error('The process that runs the guest has no QEMU under it.');
  return { qemu, passt: find('passt') };
}

/** The arguments of all descendants of a process (proc(5)). */
async function commandLinesUnder(pid: number): Promise<string[][]> {
  const parents = new Map<number, number>();
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    // The name of the program may hold anything, parentheses too; the parent is the second field behind it.
    parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const isUnder = (child: number): boolean => {
    const parent = parents.get(child);
    return parent === pid || (parent !== undefined && parent > 1 && isUnder(parent));
  };
  const descendants = [...parents.keys()].filter(isUnder);
  return await Promise.all(
    descendants.map(async (child) => {
      const text = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '');
      return text.split('\0').slice(0, -1);
    }),
  );
}

/** nobody, whom passt becomes when root starts it. */
const nobody = 65534;

async function runByHand({ qemu, passt }: CommandLines): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tatin-bench-hand-'));
  if (process.getuid?.() === 0) chownSync(folder, nobody, nobody);
  chmodSync(folder, 0o755);
  const socket = path.join(folder, 'passt.sock');
  const since = performance.now();
  const started: ChildProcess[] = [];
  try {
    if (passt !== undefined) started.push(spawnCommand(withPasstSocket(passt, socket), { stdio: 'ignore' }));
    while (passt !== undefined && !(await readdir(folder)).includes('passt.sock')) await delay(5);
    const child = spawnCommand(typedByHand(qemu, socket), { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    started.unshift(child);
    await said(child, upLine);
    return (performance.now() - since) / 1000;
  } finally {
    for (const child of started) await end(child, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

function withPasstSocket(passt: readonly string[], socket: string): string[] {
  return passt.map((word, index) => (passt[index - 1] === '--socket' ? socket : word));
}

/**
 * The same machine for somebody without Tatin: the serial port on the terminal, and sockets that wait for nobody where
 * Tatin's host process would answer.
 */
export function typedByHand(qemu: readonly string[], socket: string): string[] {
  return qemu.map((word) => {
    if (word.startsWith('socket,id=serial,')) return 'stdio,id=serial,signal=off';
    if (word.startsWith('socket,id=')) return word.replace('server=off', 'server=on,wait=off');
    return word.replace(/addr\.path=.*\/passt\.sock/, `addr.path=${socket}`);
  });
}

/** Replaces a folder with a copy that keeps holes: four GB of mostly nothing would else be written before every boot. */
async function copySparsely(from: string, to: string): Promise<void> {
  rmSync(to, { recursive: true, force: true });
  await seconds(['cp', '-a', '--sparse=always', from, to], {});
}
