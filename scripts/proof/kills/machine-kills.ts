import { readFileSync } from 'node:fs';
import path from 'node:path';
import { numbersFrom } from '../../../electron/codecs/lzfse/testing/damage.ts';
import { Library } from '../../../electron/library/library.ts';
import { temporaryFolder } from '../../../electron/library/testing/temporary-home.ts';
import { contentOf } from './content.ts';
import { TatinCommand } from './tatin-command.ts';

export interface MachineKillReport {
  /** By verb and what was killed: how often. */
  readonly kills: ReadonlyMap<string, number>;
  readonly passed: number;
  readonly findings: readonly string[];
}

const verbs = {
  run: { from: 'stopped', args: ['run', '--detach', 'guest'] },
  suspend: { from: 'running', args: ['suspend', 'guest'] },
  resume: { from: 'suspended', args: ['run', '--detach', 'guest'] },
  stop: { from: 'running', args: ['stop', '--force', 'guest'] },
} as const;
type VerbName = keyof typeof verbs;
const victims = ['command', 'vm-host', 'qemu-system', 'passt'] as const;
const patienceMs = 60_000;

/**
 * Kills the command, the machine's process, QEMU or passt while a machine is run, suspended, resumed or stopped. Whatever
 * comes of it, the machine is there with its bytes, can be stopped and run again, and no process is left.
 */
export async function killMachines({
  count,
  seed,
  say = () => undefined,
}: {
  count: number;
  seed: number;
  say?: (line: string) => void;
}): Promise<MachineKillReport> {
  using folder = temporaryFolder();
  const at = (name: string): string => path.join(folder.path, name);
  const library = await Library.open(at('home'));
  const tatin = new TatinCommand({ TART_HOME: at('home'), TATIN_STATE: at('state'), TATIN_RUNTIME: at('run') });
  const must = async (args: readonly string[]): Promise<number> => {
    const { exitCode, err, ms } = await tatin.run(args);
    if (exitCode !== 0) throw new Error(`tatin ${args.join(' ')}: ${err.slice(0, 300)}`);
    return ms;
  };
  await must(['create', 'guest', '--linux', '--disk-size', '1', '--memory', '512']);
  const disk = path.join(library.home.vmFolder('guest'), 'disk.img');
  const content = contentOf(disk);
  const bring = async (state: 'stopped' | 'running' | 'suspended'): Promise<void> => {
    if (state !== 'stopped') await must(verbs.run.args);
    if (state === 'suspended') await must(verbs.suspend.args);
  };
  const lasts = new Map<VerbName, number>();
  const next = numbersFrom(seed);
  const report = { kills: new Map<string, number>(), passed: 0, findings: [] as string[] };
  for (let round = 0; round < count; round++) {
    const names = Object.keys(verbs) as VerbName[];
    const verb = names[round % names.length] ?? 'run';
    const victim = victims[next(victims.length)] ?? 'command';
    const key = `${verb}, kill of ${victim}`;
    try {
      await bring(verbs[verb].from);
      const afterMs = (lasts.get(verb) ?? 3000) * (next(1000) / 1000);
      const kill = victim === 'command' ? { afterMs, mode: 'alone' as const } : { afterMs, victim };
      const ended = await tatin.run(verbs[verb].args, kill);
      if (!ended.isKilled) lasts.set(verb, ended.ms);
      report.kills.set(key, (report.kills.get(key) ?? 0) + 1);
      await recover(tatin, must);
      if (contentOf(disk) !== content) throw new Error('The disk holds something else.');
      const entry = (await library.list())[0];
      if (entry?.kind !== 'machine') throw new Error('The machine is lost.');
      // The same again, from whatever was left.
      await bring('running');
      await recover(tatin, must);
      report.passed++;
    } catch (error) {
      report.findings.push(
        `${key}, round ${round}: ${error instanceof Error ? error.message : String(error)}\n${tailOf(path.join(library.home.vmFolder('guest'), 'qemu.log'))}`,
      );
      say(report.findings.at(-1) ?? '');
      await tatin.run(['stop', '--force', 'guest']);
    }
    say(`${round + 1} of ${count}: ${key}`);
  }
  return report;
}

/** Stops the machine in whatever state it is, which may need a saved state to be thrown away too; nothing may run then. */
async function recover(tatin: TatinCommand, must: (args: readonly string[]) => Promise<number>): Promise<void> {
  for (const end = performance.now() + patienceMs; performance.now() < end;) {
    const { exitCode } = await tatin.run(['stop', '--force', 'guest']);
    // Tart's code for a machine that does not run.
    if (exitCode === 2) break;
  }
  await must(['list']);
  const left = await tatin.leftProcesses(patienceMs);
  if (left.length > 0) throw new Error(`Left: ${left.join(', ')}.`);
}

function tailOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').slice(-500);
  } catch (error) {
    return '';
  }
}
