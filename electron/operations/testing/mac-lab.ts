import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, vi } from 'vitest';
import { procedures, type ProcedureInput, type ProcedureName, type ProcedureOutput } from '../../contract/contract.ts';
import { isOpen, type Job, type OpenJob } from '../../contract/job.ts';
import type { CommandResult } from '../../host/command-runner.ts';
import { AddonStandIn } from '../../hypervisor/vz/testing/addon-stand-in.ts';
import { VzDriver } from '../../hypervisor/vz/vz-driver.ts';
import { makeIpsw, type IpswMake } from '../../macos/testing/make-ipsw.ts';
import { runLockPid } from '../../files/locks.ts';
import { quietWork, temporaryFolder } from '../../library/testing/temporary-home.ts';
import { openAllServices } from '../open-services.ts';
import type { LoadedServices } from '../services.ts';

/** LoadedServices over the real driver of a Mac, with the stand-in where Virtualization.framework would be. */
export class MacLab implements AsyncDisposable {
  readonly #folder = temporaryFolder();
  readonly standIn = new AddonStandIn();
  services!: LoadedServices;
  /** What programs of macOS answer: a session on the screen. */
  command: (program: string) => CommandResult = () => ({ exitCode: 0, stdout: 'Aqua\n', stderr: '' });

  static async open(): Promise<MacLab> {
    const lab = new MacLab();
    vi.stubEnv('TART_HOME', lab.at('home'));
    vi.stubEnv('TATIN_STATE', lab.at('state'));
    vi.stubEnv('TATIN_RUNTIME', lab.at('run'));
    await lab.#begin();
    return lab;
  }

  async #begin(): Promise<void> {
    const driver = new VzDriver({
      load: () => ({ addon: this.standIn.addon, facts: this.standIn.facts }),
      descriptors: () => this.standIn.descriptors,
      architecture: 'arm64',
      run: (program) => Promise.resolve(this.command(program)),
    });
    this.services = await openAllServices({ home: this.at('home'), driver });
  }

  at(...names: string[]): string {
    return path.join(this.#folder.path, ...names);
  }

  /** Ends the services, as quitting the app does, and begins anew over the same folders. */
  async restart(): Promise<void> {
    await this.services[Symbol.asyncDispose]();
    await this.#begin();
  }

  /** An image in a folder of the user's. */
  image(make: IpswMake = {}, name = 'macOS.ipsw'): string {
    makeIpsw(this.at(name), make);
    return this.at(name);
  }

  /** An image in Tart's cache. */
  cachedImage(make: IpswMake = {}): string {
    const file = this.at('home', 'cache', 'IPSWs', `sha256:${'a'.repeat(64)}.ipsw`);
    mkdirSync(path.dirname(file), { recursive: true });
    makeIpsw(file, make);
    return file;
  }

  /** A macOS machine as an installer would have left it. */
  async mac(name: string): Promise<string> {
    const size = { cpuCount: 2, memoryBytes: 1024 ** 3, diskBytes: 1_000_000 };
    const spec = { name, os: 'linux' as const, arch: 'arm64' as const, ...size };
    const { folder } = await this.services.library.create(spec, quietWork());
    const file = path.join(folder, 'config.json');
    const config = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...config, os: 'darwin', ecid: 'ZQ==', hardwareModel: 'bQ==' }));
    writeFileSync(path.join(folder, 'nvram.bin'), 'auxiliary storage');
    return `local:${name}`;
  }

  /** Input and output pass the contract. */
  async ask<N extends ProcedureName>(name: N, input: ProcedureInput<N>): Promise<ProcedureOutput<N>> {
    // Name and input belong together, which a union of handlers can't say.
    const handler = this.services.backend.handlers[name] as (input: unknown, context: object) => Promise<unknown>;
    const output = await handler(procedures[name].input.parse(input), { signal: new AbortController().signal });
    return procedures[name].output.parse(output) as ProcedureOutput<N>;
  }

  ended(job: Job): Promise<Job> {
    return this.services.jobs.ended(job.id);
  }

  /** The job at its end, which must be a good one. */
  async done(job: Job): Promise<Job> {
    const end = await this.ended(job);
    expect(end.state === 'failed' ? end.error : undefined).toBeUndefined();
    return end;
  }

  /** The job as soon as it is what is asked for, while it runs. */
  async when(job: Job, test: (now: OpenJob) => boolean): Promise<Job> {
    const { jobs } = this.services;
    const { promise, resolve } = Promise.withResolvers<Job>();
    const look = (now: Job): void => {
      if (now.id === job.id && isOpen(now) && test(now)) resolve(now);
    };
    const off = jobs.onChange((change) => change.kind === 'changed' && look(change.job));
    (await jobs.list()).forEach(look);
    return await promise.finally(off);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { library, machines } = this.services;
    const entries = await library.list();
    for (const { name } of entries) await machines.forceStop(name).catch(() => undefined);
    for (const { folder } of entries)
      await expect.poll(() => runLockPid(path.join(folder, 'config.json')), { timeout: 60_000 }).toBeUndefined();
    await this.services[Symbol.asyncDispose]();
    vi.unstubAllEnvs();
    this.#folder[Symbol.dispose]();
  }
}
