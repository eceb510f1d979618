import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { printConfig } from '../electron/library/config.ts';

/** Folders of a Tatin for one measurement, so that nothing of the user's is read or written; gone at its end. */
export class BenchHome implements Disposable {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'tatin-bench-'));
  readonly vms = path.join(this.folder, 'home/vms');

  /** Variables that send every Tatin here; the demo guest's cache stays the user's, since building it takes long. */
  get environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      TART_HOME: path.join(this.folder, 'home'),
      TATIN_STATE: path.join(this.folder, 'state'),
      TATIN_RUNTIME: path.join(this.folder, 'run'),
    };
  }

  /** Lays down VMs as Tart would. */
  async fill(count: number): Promise<void> {
    for (let number = 1; number <= count; number++) {
      const folder = path.join(this.vms, `machine-${String(number).padStart(4, '0')}`);
      await mkdir(folder, { recursive: true });
      await writeFile(path.join(folder, 'config.json'), configOf(number));
      await writeFile(path.join(folder, 'nvram.bin'), '');
      await writeFile(path.join(folder, 'disk.img'), '');
      await truncate(path.join(folder, 'disk.img'), 50e9);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function configOf(number: number): string {
  const bytes = [0x52, 0x54, 0, 0, number >> 8, number & 0xff];
  return printConfig({
    version: 1,
    os: 'linux',
    arch: process.arch === 'arm64' ? 'arm64' : 'amd64',
    cpuCountMin: 4,
    cpuCount: 4,
    memorySizeMin: 4 * 1024 ** 3,
    memorySize: 4 * 1024 ** 3,
    macAddress: bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':'),
    display: { width: 1024, height: 768 },
    diskFormat: 'raw',
  });
}
