import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Another program that answers line by line; killed when disposed of. */
export class OtherProgram implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #errors: string[] = [];

  private constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    if (this.#child.stdout === null) throw new Error('no output');
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#child.stderr?.on('data', (bytes: Buffer) => this.#errors.push(bytes.toString()));
  }

  /** Python's own `fcntl` module: an implementation of locks that shares no code with ours. */
  static python(script: string, ...args: string[]): OtherProgram {
    return new OtherProgram('python3', ['-u', '-c', script, ...args]);
  }

  /** A TypeScript file in a Node of its own. */
  static node(file: string, ...args: string[]): OtherProgram {
    return new OtherProgram(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...args]);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('The program did not start.');
    return this.#child.pid;
  }

  /** The next line that it prints. */
  async line(): Promise<string> {
    const next: IteratorResult<string, unknown> = await this.#lines.next();
    if (next.done === true) throw new Error(`The program ended: ${this.#errors.join('')}`);
    return next.value;
  }

  say(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Its exit code, or null after a signal. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.ended();
  }
}

/** Takes an fcntl write lock on argv[1] as Tart does, says so, and holds it until its input says something. */
export const holdFcntl = `
import fcntl, sys
f = open(sys.argv[1], 'r+b')
try:
    fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
    print('locked')
except OSError as e:
    print('refused')
sys.stdin.readline()
f.close()
print('released')
sys.stdin.readline()
`;

/** Takes a flock on argv[1] (a file or folder), says so, and holds it until its input says something. */
export const holdFlock = `
import fcntl, os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
try:
    fcntl.flock(fd, (fcntl.LOCK_SH if len(sys.argv) > 2 else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    print('locked')
except OSError as e:
    print('refused')
sys.stdin.readline()
os.close(fd)
print('released')
sys.stdin.readline()
`;

/** Answers each line with the pid that F_GETLK names for a reader of argv[1], 0 if none; by the raw struct. */
export const askFcntl = `
import fcntl, struct, sys
darwin = sys.platform == 'darwin'
for line in sys.stdin:
    with open(sys.argv[1], 'r+b') as f:
        if darwin:
            answer = fcntl.fcntl(f, fcntl.F_GETLK, struct.pack('qqihh', 0, 0, 0, fcntl.F_RDLCK, 0))
            start, length, pid, kind, whence = struct.unpack('qqihh', answer)
        else:
            answer = fcntl.fcntl(f, fcntl.F_GETLK, struct.pack('hhqqi4x', fcntl.F_RDLCK, 0, 0, 0, 0))
            kind, whence, start, length, pid = struct.unpack('hhqqi4x', answer)
        print(0 if kind == fcntl.F_UNLCK else pid)
`;
