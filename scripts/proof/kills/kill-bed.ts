import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { sweepPartialExports } from '../../../electron/transfer/export/partial-exports.ts';
import { makeDisk, makeImage, mebibyte, run } from '../../../electron/transfer/import/testing/sample-images.ts';
import { Library } from '../../../electron/library/library.ts';
import { quietWork, temporaryFolder } from '../../../electron/library/testing/temporary-home.ts';
import { checkCache } from '../../../electron/registry/cache/check.ts';
import { type TestRegistry, startRegistry } from '../../../electron/registry/client/testing/registry.ts';
import { contentOf } from './content.ts';
import { TatinCommand } from './tatin-command.ts';

/** What each machine's disk holds, by name. */
export type Machines = ReadonlyMap<string, string>;

/** Of files that can be imported. */
export const importKinds = ['raw', 'tvm', 'qcow2', 'vmdk', 'vdi', 'vhdx', 'zst', 'ova'] as const;
export type ImportKind = (typeof importKinds)[number];

/** A home with two machines, files to import, a registry with an image, and folders to write to. */
export class KillBed implements AsyncDisposable {
  readonly library: Library;
  readonly tatin: TatinCommand;
  readonly folder: string;
  /** Undefined where there is no docker-registry. */
  readonly registry: TestRegistry | undefined;
  readonly #owned: AsyncDisposableStack;
  /** As it is before each kill. */
  #base: Machines = new Map();

  private constructor(
    folder: string,
    library: Library,
    registry: TestRegistry | undefined,
    owned: AsyncDisposableStack,
  ) {
    this.folder = folder;
    this.library = library;
    this.registry = registry;
    this.#owned = owned;
    mkdirSync(this.at('temporary'));
    mkdirSync(this.at('exported'));
    this.tatin = new TatinCommand({
      TART_HOME: library.home.path,
      TATIN_STATE: this.at('state'),
      TATIN_RUNTIME: this.at('run'),
      TATIN_CACHE: this.at('cache'),
      TMPDIR: this.at('temporary'),
      XDG_DATA_HOME: this.at('data'),
    });
  }

  static async make({
    withRegistry,
    folder: parent,
  }: {
    withRegistry: boolean;
    folder?: string | undefined;
  }): Promise<KillBed> {
    await using owned = new AsyncDisposableStack();
    const folder = owned.use(temporaryFolder(parent)).path;
    const registry = withRegistry ? owned.use(await startRegistry()) : undefined;
    const library = await Library.open(path.join(folder, 'home'));
    const bed = new KillBed(folder, library, registry, owned.move());
    await bed.#fill();
    return bed;
  }

  at(...names: string[]): string {
    return path.join(this.folder, ...names);
  }

  get image(): string {
    return `${this.registry?.host ?? ''}/team/web:v1`;
  }

  get base(): Machines {
    return this.#base;
  }

  async #fill(): Promise<void> {
    const raw = this.at('web.img');
    makeDisk(raw, { data: 12 });
    for (const name of ['source', 'other']) {
      const fill = (disk: { path: string }): Promise<void> => copyFile(raw, disk.path);
      await this.library.create({ name, os: 'linux', diskBytes: 48 * mebibyte, fill }, quietWork());
    }
    writeFileSync(this.at('second.img'), Buffer.concat([randomBytes(5 * mebibyte), Buffer.alloc(3 * mebibyte)]));
    this.#base = this.machines().machines;
    if (this.registry !== undefined) await this.mustRun('push', 'source', this.image, '--insecure');
    await this.mustRun('export', 'source', this.at('web.tvm'));
  }

  /** A file for imports with the machine's disk in it, in any of {@link importKinds}; made when it is asked for first. */
  importFile(kind: ImportKind): string {
    const file = this.at(`web.${kind === 'raw' ? 'img' : kind === 'zst' ? 'img.zst' : kind}`);
    if (existsSync(file)) return file;
    const raw = this.at('web.img');
    if (kind === 'zst') run('zstd', ['-q', '-1', '-k', raw]);
    else if (kind === 'ova') this.#makeAppliance(file);
    else makeImage(raw, { name: path.basename(file), format: kind, options: '' });
    return file;
  }

  #makeAppliance(file: string): void {
    const folder = this.at('appliance');
    mkdirSync(folder);
    makeImage(this.at('web.img'), {
      name: 'appliance/disk.vmdk',
      format: 'vmdk',
      options: '-o subformat=streamOptimized',
    });
    writeFileSync(path.join(folder, 'web.ovf'), ovf);
    run('tar', ['-C', folder, '--format=ustar', '-cf', file, 'web.ovf', 'disk.vmdk']);
  }

  /** @throws Error with what it said */
  async mustRun(...args: string[]): Promise<void> {
    const { exitCode, err } = await this.tatin.run(args);
    if (exitCode !== 0) throw new Error(`tatin ${args.join(' ')} ended with ${String(exitCode)}: ${err}`);
  }

  /** Every machine that is listed, and what is wrong with one that is not whole. */
  machines(home = this.library.home.path): { machines: Map<string, string>; wrong: string[] } {
    const [machines, wrong] = [new Map<string, string>(), [] as string[]];
    const vms = path.join(home, 'vms');
    for (const name of existsSync(vms) ? readdirSync(vms) : []) {
      const entry = this.library.inspector.inspect(name, path.join(vms, name));
      if (entry?.kind === 'machine') machines.set(name, contentOf(path.join(entry.folder, 'disk.img')));
      else if (entry !== undefined) wrong.push(`${name} is listed and no machine: ${entry.reason}`);
    }
    return { machines, wrong };
  }

  /** Images that are in the cache and not whole. */
  async brokenImages(): Promise<string[]> {
    const checked = await checkCache(this.library.home, { signal: new AbortController().signal });
    return checked.flatMap(({ id, state }) => (state === 'whole' ? [] : [`${id} is ${state}`]));
  }

  /** What is left after a command that went well, and a sweep. */
  async leftovers(): Promise<string[]> {
    await this.library.sweep();
    await sweepPartialExports(this.library.home);
    const { tmp, cache } = this.library.home;
    const folders = [
      tmp,
      ...['exports', 'imports', 'pulls'].map((name) => path.join(cache, 'Tatin', name)),
      this.at('temporary'),
    ];
    const hidden = readdirSync(this.at('exported')).filter((name) => name.startsWith('.'));
    return [
      ...folders
        .filter((one) => existsSync(one))
        .flatMap((one) => readdirSync(one).map((name) => path.join(path.basename(one), name))),
      ...hidden,
    ];
  }

  /** The home as it was before, for the next kill. */
  async reset(): Promise<void> {
    const { machines } = this.machines();
    for (const name of machines.keys()) if (!this.#base.has(name)) await this.library.delete(name, 'permanent');
    for (const name of readdirSync(this.at('exported'))) rmSync(this.at('exported', name), { recursive: true });
    for (const [name, content] of this.#base) {
      if (machines.get(name) === content) continue;
      if (machines.has(name)) await this.library.delete(name, 'permanent');
      const fill = (disk: { path: string }): Promise<void> => copyFile(this.at('web.img'), disk.path);
      await this.library.create({ name, os: 'linux', diskBytes: 48 * mebibyte, fill }, quietWork());
    }
  }

  config(name: string): { cpuCount: number } {
    // The inspector has made sure of its shape.
    return JSON.parse(readFileSync(path.join(this.library.home.vmFolder(name), 'config.json'), 'utf8')) as {
      cpuCount: number;
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}

const ovf = `<?xml version="1.0"?><Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"><References><File ovf:id="f1" ovf:href="disk.vmdk"/></References><DiskSection><Info/><Disk ovf:diskId="d1" ovf:fileRef="f1" ovf:capacity="48" ovf:capacityAllocationUnits="byte * 2^20"/></DiskSection><VirtualSystem ovf:id="web"><Info/><VirtualHardwareSection><Info/><Item><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>1</rasd:VirtualQuantity></Item><Item><rasd:ResourceType>17</rasd:ResourceType><rasd:HostResource>ovf:/disk/d1</rasd:HostResource></Item></VirtualHardwareSection></VirtualSystem></Envelope>`;
