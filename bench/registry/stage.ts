import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { printConfig } from '../../electron/library/config.ts';
import { type TestRegistry, startRegistry } from '../../electron/registry/client/testing/registry.ts';

/** What a command took. */
export interface Taken {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** A registry, a disk, and a home for one measurement of images; gone at its end. */
export class Stage implements AsyncDisposable {
  readonly folder: string;
  readonly disk: string;
  /** On a volume that can clone files, as a Mac's can; undefined where none can be mounted. */
  readonly cloning: string | undefined;
  readonly registry: TestRegistry;
  readonly #root: string;

  private constructor(root: string, folder: string, registry: TestRegistry, gib: number) {
    this.#root = root;
    this.folder = folder;
    this.registry = registry;
    this.disk = path.join(folder, 'disk.img');
    execFileSync('python3', [path.join(import.meta.dirname, 'make-disk.py'), this.disk, String(gib * 1024 ** 3)]);
    this.cloning = mountCloning(folder, gib);
  }

  static async open(root: string, gib: number): Promise<Stage> {
    const folder = mkdtempSync(path.join(tmpdir(), 'tatin-bench-registry-'));
    return new Stage(root, folder, await startRegistry({ dataFolder: path.join(folder, 'registry') }), gib);
  }

  /** Lays down a VM with the disk in a fresh home; the same blocks, if the volume is the same. */
  machine(home: string): string {
    const vm = path.join(home, 'vms/bench');
    mkdirSync(vm, { recursive: true });
    writeFileSync(path.join(vm, 'config.json'), config);
    writeFileSync(path.join(vm, 'nvram.bin'), 'variables');
    execFileSync('cp', ['--sparse=always', this.disk, path.join(vm, 'disk.img')]);
    return vm;
  }

  /** Runs a command after all that waits is written, and says what it took. */
  run(command: readonly string[], home = path.join(this.folder, 'home')): Taken {
    execFileSync('sync');
    const env = {
      ...process.env,
      TART_HOME: home,
      TATIN_STATE: path.join(this.folder, 'state'),
      TATIN_RUNTIME: path.join(this.folder, 'run'),
      TART_NO_AUTO_PRUNE: '1',
      CI: '1',
    };
    const result = spawnSync('python3', [path.join(import.meta.dirname, 'measured.py'), ...command], {
      encoding: 'utf8',
      env,
    });
    if (result.status !== 0) throw new Error(`${command.join(' ')} failed: ${result.stderr}`);
    // The script beside this file is what prints it.
    return JSON.parse(result.stdout) as Taken;
  }

  tatin(...words: string[]): string[] {
    return [process.execPath, path.join(this.#root, 'dist/main/cli.js'), ...words];
  }

  /** Seconds of one work of ours, without the start of the program. */
  workSeconds(...words: string[]): number {
    execFileSync('sync');
    const program = path.join(import.meta.dirname, 'transfer.ts');
    const printed = execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...words], {
      encoding: 'utf8',
    });
    return (JSON.parse(printed) as { seconds: number }).seconds;
  }

  /** The registry forgets everything: every push is a first one. */
  emptyRegistry(): void {
    rmSync(this.registry.dataFolder, { recursive: true, force: true });
    // Where skopeo notes which registry has which blob, so that it need not send it.
    rmSync('/var/lib/containers/cache/blob-info-cache-v1.boltdb', { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.registry[Symbol.asyncDispose]();
    if (this.cloning !== undefined) spawnSync('umount', [this.cloning]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const config = printConfig({
  version: 1,
  os: 'linux',
  arch: 'arm64',
  cpuCountMin: 1,
  cpuCount: 2,
  memorySizeMin: 512 * 1024 ** 2,
  memorySize: 1024 ** 3,
  macAddress: '7a:65:e4:3f:a1:02',
  display: { width: 1024, height: 768 },
  diskFormat: 'raw',
});

/** XFS shares blocks between files as APFS does. Only root may mount it. */
function mountCloning(folder: string, gib: number): string | undefined {
  const [image, point] = [path.join(folder, 'volume.xfs'), path.join(folder, 'volume')];
  mkdirSync(point);
  const commands = [
    ['truncate', '-s', `${gib * 4}G`, image],
    ['mkfs.xfs', '-q', '-m', 'reflink=1', image],
    ['mount', '-o', 'loop', image, point],
  ];
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
  const isMounted = commands.every(([program = '', ...words]) => spawnSync(program, words, { env }).status === 0);
  return isMounted ? point : undefined;
}

/** A copy of the disk in which one of its layers is another. */
export function changeOneLayer(disk: string): void {
  const fd = openSync(disk, 'r+');
  writeSync(fd, 'changed since', 5 * 512 * 1024 ** 2 < statSync(disk).size ? 5 * 512 * 1024 ** 2 : 0);
  closeSync(fd);
}

/** The peer of a push: chunks packed by `lz4 -1`, then sent by skopeo. What is made once beforehand is not measured. */
export function packedBySkopeo(stage: Stage): string {
  const folder = path.join(stage.folder, 'packed');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const chunk = 512 * 1024 ** 2;
  const count = Math.ceil(statSync(stage.disk).size / chunk);
  const pack = (index: number, to: string) =>
    `dd if='${stage.disk}' bs=4M skip=${index * 128} count=128 status=none | lz4 -1 -q -f - '${to}'`;
  const lines = Array.from({ length: count }, (_, index) => {
    const trial = path.join(folder, 'trial');
    execFileSync('sh', ['-c', pack(index, trial)]);
    const digest = createHash('sha256').update(readFileSync(trial)).digest('hex');
    return { digest, size: statSync(trial).size, line: pack(index, path.join(folder, digest)) };
  });
  rmSync(path.join(folder, 'trial'));
  writeFileSync(path.join(folder, 'version'), 'Directory Transport Version: 1.1\n');
  const empty = Buffer.from('{}');
  const configDigest = createHash('sha256').update(empty).digest('hex');
  writeFileSync(path.join(folder, configDigest), empty);
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: `sha256:${configDigest}`, size: 2 },
    layers: lines.map(({ digest, size }) => ({
      mediaType: 'application/vnd.cirruslabs.tart.disk.v2',
      digest: `sha256:${digest}`,
      size,
    })),
  };
  writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify(manifest));
  const script = path.join(stage.folder, 'pack-and-send.sh');
  const send = `skopeo copy --quiet --dest-tls-verify=false 'dir:${folder}' 'docker://${stage.registry.host}/peer/packed:1'`;
  writeFileSync(script, ['set -e', ...lines.map(({ line }) => line), send, ''].join('\n'));
  return script;
}
