import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { projectRoot } from '../../host/paths.ts';

/** What a command did. */
export interface Outcome {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

/** The command line as it is shipped. It starts in a third of the time of its sources; scripts/test/build.mjs keeps it current. */
export const builtCli = path.join(projectRoot(), 'dist/main/cli.js');

/** Code of the command line that one call has compiled, for the next: a test's own cache folder begins empty. */
const compiled = path.join(projectRoot(), '.cache/compiled');

/** The command line as a process of its own, with a home and all other folders in a temporary place. */
export class TatinHome implements Disposable {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'tatin-cli-'));
  readonly path = path.join(this.folder, 'home');
  readonly vms = path.join(this.path, 'vms');
  readonly environment: NodeJS.ProcessEnv;

  /** `cache` is shared between tests that need the demo guest, which takes seconds to build. */
  constructor(cache = path.join(this.folder, 'cache')) {
    const { CI: _ci, TATIN_DEBUG: _debug, ...inherited } = process.env;
    this.environment = {
      ...inherited,
      TART_HOME: this.path,
      TATIN_STATE: path.join(this.folder, 'state'),
      TATIN_RUNTIME: path.join(this.folder, 'run'),
      TATIN_CACHE: cache,
      NODE_COMPILE_CACHE: compiled,
    };
  }

  /** Starts a command and leaves it to the test. */
  start(args: readonly string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
    return spawn(process.execPath, [builtCli, ...args], {
      env: { ...this.environment, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  /** Runs a command to its end. */
  async run(args: readonly string[], input = '', environment: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    const child = this.start(args, environment);
    let [out, err] = ['', ''];
    child.stdout?.on('data', (bytes: Buffer) => (out += bytes.toString()));
    child.stderr?.on('data', (bytes: Buffer) => (err += bytes.toString()));
    // A command that ends before it has read its input is no concern of the test.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    await once(child, 'close');
    return { exitCode: child.exitCode, out, err };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
