import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { Library } from '../../../library/library.ts';
import { runLockPid } from '../../../files/locks.ts';
import { quietWork } from '../../../library/testing/temporary-home.ts';
import { VzDriver } from '../vz-driver.ts';
import { AddonStandIn, type MachineStandIn } from './addon-stand-in.ts';

/** A home and a driver whose framework is a stand-in; nothing runs on when it is disposed of. */
export class VzLab implements AsyncDisposable {
  readonly library: Library;
  readonly standIn = new AddonStandIn();
  readonly driver: VzDriver;
  /** For what a test needs beside the home. */
  readonly root: string;

  private constructor(root: string, library: Library) {
    this.root = root;
    this.library = library;
    this.driver = new VzDriver({
      load: () => ({ addon: this.standIn.addon, facts: this.standIn.facts }),
      descriptors: () => this.standIn.descriptors,
      architecture: 'arm64',
    });
  }

  static async open(): Promise<VzLab> {
    const root = mkdtempSync(path.join(tmpdir(), 'tatin-vz-'));
    return new VzLab(root, await Library.open(path.join(root, 'home')));
  }

  async linux(name: string): Promise<string> {
    const size = { cpuCount: 2, memoryBytes: 1024 ** 3, diskBytes: 1_000_000 };
    return (await this.library.create({ name, os: 'linux', arch: 'arm64', ...size }, quietWork())).folder;
  }

  /** A Linux machine made into a macOS one, as an installer would have left it. */
  async mac(name: string): Promise<string> {
    const folder = await this.linux(name);
    const file = path.join(folder, 'config.json');
    const config = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...config, os: 'darwin', ecid: 'ZQ==', hardwareModel: 'bQ==' }));
    writeFileSync(path.join(folder, 'nvram.bin'), 'auxiliary storage');
    return folder;
  }

  /** What stands for the framework's machine that was made last. */
  native(): MachineStandIn {
    const machine = this.standIn.machines.at(-1);
    if (machine === undefined) throw new Error('There is no machine.');
    return machine;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { folder } of await this.library.list()) await this.driver.running(folder)?.forceStop();
    for (const { folder } of await this.library.list())
      await expect.poll(() => runLockPid(path.join(folder, 'config.json')), { timeout: 60_000 }).toBeUndefined();
    rmSync(this.root, { recursive: true, force: true });
  }
}
