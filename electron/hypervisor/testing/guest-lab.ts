import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import type { Phase } from '../../contract/machine.ts';
import { cacheFolder } from '../../host/folders.ts';
import { projectRoot } from '../../host/paths.ts';
import { DemoGuest } from '../../demo-guest/demo-guest.ts';
import type { CreateSpec } from '../../library/create.ts';
import { Library } from '../../library/library.ts';
import { runLockPid } from '../../files/locks.ts';
import { quietWork } from '../../library/testing/temporary-home.ts';
import type { Machine } from '../machine.ts';
import { QemuDriver } from '../qemu/qemu-driver.ts';

/** A home and a driver of their own for tests with real guests; nothing runs on when it is disposed of. */
export class GuestLab implements AsyncDisposable {
  readonly library: Library;
  readonly driver: QemuDriver;
  readonly runtimeFolder: string;
  readonly #folder: string;

  private constructor(folder: string, library: Library, vmHostEntry?: string) {
    this.#folder = folder;
    this.library = library;
    this.runtimeFolder = path.join(folder, 'run');
    const entry = vmHostEntry === undefined ? {} : { vmHostEntry };
    this.driver = new QemuDriver({ runtimeFolder: this.runtimeFolder, cacheFolder: cacheFolder(), ...entry });
  }

  /**
   * @param home where the VMs go, if not to the temporary folder
   * @param vmHostEntry what hosts the machines, if not the usual script
   */
  static async open(home?: string, vmHostEntry?: string): Promise<GuestLab> {
    const folder = await mkdtemp(path.join(tmpdir(), 'tatin-lab-'));
    return new GuestLab(folder, await Library.open(home ?? path.join(folder, 'home')), vmHostEntry);
  }

  /** A VM from the demo guest; returns its folder. */
  async demo(name: string, more: Partial<CreateSpec> = {}): Promise<string> {
    const arch = more.arch ?? 'amd64';
    const fill = new DemoGuest({ cacheFolder: cacheFolder(), projectRoot: projectRoot() }).fill(arch);
    return this.empty(name, { arch, fill, ...more });
  }

  /** A VM with nothing on its disk, whose firmware finds nothing to start; returns its folder. */
  async empty(name: string, more: Partial<CreateSpec> = {}): Promise<string> {
    const spec = {
      name,
      os: 'linux',
      arch: 'amd64',
      cpuCount: 2,
      memoryBytes: 384 * 1024 ** 2,
      diskBytes: 1_000_000,
    } as const;
    return (await this.library.create({ ...spec, ...more }, quietWork())).folder;
  }

  start(folder: string, options: Parameters<QemuDriver['start']>[1] = {}): Promise<Machine> {
    return this.driver.start(folder, options, new AbortController().signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { folder } of await this.library.list()) {
      const machine = await this.driver.attach(folder);
      await machine?.forceStop().catch(() => undefined);
      machine?.detach();
      const pid = runLockPid(path.join(folder, 'config.json'));
      if (pid !== undefined && pid > 0 && pid !== process.pid) process.kill(pid, 'SIGKILL');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Reads a stream as text until it has said something; rejects with what it said if it ends before. */
export async function waitFor(stream: Duplex, wanted: string | RegExp): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let said = '';
  const onData = (bytes: Buffer) => {
    said += bytes.toString('latin1');
    if (typeof wanted === 'string' ? said.includes(wanted) : wanted.test(said)) resolve(said);
  };
  const onEnd = () => reject(new Error(`It ended before it said ${String(wanted)}: ${said}`));
  stream.on('data', onData).on('close', onEnd);
  try {
    return await promise;
  } finally {
    stream.off('data', onData).off('close', onEnd);
  }
}

/** Waits until the guest's serial port has said something. */
export async function waitForSerial(machine: Machine, wanted: string | RegExp): Promise<string> {
  const serial = await machine.openSerial();
  try {
    return await waitFor(serial, wanted);
  } finally {
    serial.destroy();
  }
}

/** Runs a shell's line in the guest and returns what it prints. */
export async function inGuest(machine: Machine, line: string): Promise<string> {
  let said = '';
  const keep = (bytes: Uint8Array) => (said += Buffer.from(bytes).toString());
  const command = { path: '/bin/sh', args: ['-c', line] };
  const code = await machine.agent.exec(command, { stdout: keep, stderr: keep }, AbortSignal.timeout(100_000));
  if (code !== 0) throw new Error(`“${line}” ended with ${code}: ${said}`);
  return said.trim();
}

/** Waits until the machine is in a phase. */
export async function reach(machine: Machine, phase: Phase): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const stop = machine.onState((state) => {
    if (state.phase === phase) resolve(undefined);
  });
  if (machine.state.phase === phase) resolve(undefined);
  await promise;
  stop();
}
