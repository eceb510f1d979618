import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OtherProgram } from '../../../electron/library/testing/other-program.ts';
import { temporaryFolder } from '../../../electron/library/testing/temporary-home.ts';
import { builtCli } from '../../../electron/terminal/testing/tatin.ts';

/** "nobody" of most systems: a user without files of its own. */
export const neighbourUid = 65_534;
const password = 'the-password-of-the-owner';

export interface NeighbourReport {
  readonly tried: number;
  readonly findings: readonly string[];
}

export interface NeighbourOptions {
  readonly umask: string;
  /** With a machine that runs and is suspended; takes QEMU, and longer. */
  readonly withGuest: boolean;
  readonly folder?: string | undefined;
}

/** Another user tries to read all that there is of an owner's machines, while they are made and afterwards. */
export async function tryNeighbour({ umask, withGuest, folder: parent }: NeighbourOptions): Promise<NeighbourReport> {
  using folder = temporaryFolder(parent);
  // Homes of users are often open to look into; what Tatin makes must be closed by itself.
  chmodSync(folder.path, 0o755);
  const owner = new Owner(folder.path, umask);
  await using neighbour = OtherProgram.node(path.join(import.meta.dirname, 'neighbour.ts'), String(neighbourUid));
  await neighbour.line();
  neighbour.say(`watch ${password} ${folder.path}`);
  await neighbour.line();
  const findings = owner.work(withGuest);
  neighbour.say('stop');
  // It is our own program that answers.
  const seen = JSON.parse(await neighbour.line()) as string[];
  findings.push(
    ...seen
      .filter((file) => !file.startsWith(owner.given))
      .map((file) => `${file.replace(folder.path, '')} was read meanwhile.`),
  );
  let tried = 0;
  for (const { kind, place } of owner.everything()) {
    tried++;
    neighbour.say(`try ${kind} ${place}`);
    const how = await neighbour.line();
    if (how !== 'kept') findings.push(`${place.replace(folder.path, '')} was ${how}.`);
  }
  owner.end(withGuest);
  return { tried, findings: [...findings, ...owner.refusals()] };
}

/** Something that Tatin made. */
interface Place {
  readonly kind: 'file' | 'folder' | 'socket';
  readonly place: string;
}

/** Whoever has the machines, in a shell with this umask. */
class Owner {
  readonly #folder: string;
  readonly #umask: string;

  constructor(folder: string, umask: string) {
    this.#folder = folder;
    this.#umask = umask;
    mkdirSync(this.given);
    writeFileSync(
      this.#at('given/web.img'),
      Buffer.concat([Buffer.alloc(1024 ** 2), Buffer.alloc(39 * 1024 ** 2, 'guest data ')]),
    );
  }

  /** What is no part of Tatin's: the owner's own files. */
  get given(): string {
    return this.#at('given');
  }

  #at(...names: string[]): string {
    return path.join(this.#folder, ...names);
  }

  #run(args: readonly string[], more: NodeJS.ProcessEnv = {}): { status: number | null; stderr: string } {
    const command = ['-c', `umask ${this.#umask}; exec "$@"`, 'sh', process.execPath, builtCli, ...args];
    const { CI: _ci, ...inherited } = process.env;
    const env = {
      ...inherited,
      TART_HOME: this.#at('home'),
      TATIN_STATE: this.#at('state'),
      TATIN_RUNTIME: this.#at('run'),
      TATIN_CACHE: this.#at('cache'),
      TMPDIR: this.#at('temporary'),
      TART_REGISTRY_PASSWORD: password,
      ...more,
    };
    mkdirSync(this.#at('temporary'), { recursive: true });
    return spawnSync('sh', command, { env, encoding: 'utf8' });
  }

  /** @returns what did not go well */
  work(withGuest: boolean): string[] {
    const image = this.#at('given/web.img');
    const commands = [
      ['import', image, 'web', '--arch', 'amd64'],
      ['clone', 'web', 'second'],
      ['set', 'second', '--cpu', '2', '--autostart', 'on'],
      ['create', 'third', '--linux', '--disk-size', '1'],
      ['settings', 'set', 'transfers.connections', '3'],
      ['export', 'web', this.#at('given/web.tvm')],
      ['import', this.#at('given/web.tvm'), 'again'],
      ...(withGuest ? [['run', '--detach', '--network', 'none', 'third']] : []),
    ];
    return commands.flatMap((args) => {
      const { status, stderr } = this.#run(args);
      return status === 0 ? [] : [`tatin ${args.join(' ')} failed: ${stderr.slice(0, 300)}`];
    });
  }

  end(withGuest: boolean): void {
    if (withGuest) this.#run(['stop', '--force', 'third']);
  }

  /** All that Tatin made, which the neighbour is told of by name. */
  everything(): Place[] {
    const made = ['home', 'state', 'run', 'cache'].map((name) => this.#at(name)).filter((one) => existsSync(one));
    return made.flatMap((top) =>
      readdirSync(top, { recursive: true, withFileTypes: true }).flatMap((entry): Place[] => {
        const place = path.join(entry.parentPath, entry.name);
        if (entry.isFile()) return [{ kind: 'file', place }];
        if (entry.isSocket()) return [{ kind: 'socket', place }];
        // That there are folders for machines is no secret; what is in a machine's is.
        return entry.isDirectory() && place.includes('/vms/') ? [{ kind: 'folder', place }] : [];
      }),
    );
  }

  /** A runtime folder that the neighbour made first must not be used, nor a link of his. */
  refusals(): string[] {
    const [squatted, linked] = [this.#at('squatted'), this.#at('linked')];
    mkdirSync(squatted);
    chownSync(squatted, neighbourUid, neighbourUid);
    symlinkSync(this.#at('given'), linked);
    return [squatted, linked].flatMap((runtime) => {
      const { status, stderr } = this.#run(['run', '--detach', '--network', 'none', 'third'], {
        TATIN_RUNTIME: runtime,
      });
      const left = readdirSync(runtime).filter((name) => !name.startsWith('web.'));
      return status !== 0 && stderr.includes('belongs to another user') && left.length === 0
        ? []
        : [`${path.basename(runtime)} was used: ${stderr.slice(0, 200)} ${left.join(', ')}`];
    });
  }
}
