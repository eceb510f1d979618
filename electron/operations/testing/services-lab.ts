import path from 'node:path';
import { expect, vi } from 'vitest';
import { procedures, type ProcedureInput, type ProcedureName, type ProcedureOutput } from '../../contract/contract.ts';
import type { Job } from '../../contract/job.ts';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { openAllServices } from '../open-services.ts';
import type { LoadedServices } from '../services.ts';
import { FakeDriver } from './fake-driver.ts';

/** LoadedServices over a home of their own and guests that are none, asked as a transport does. Gone when disposed of. */
export class ServicesLab implements AsyncDisposable {
  readonly #folder = temporaryFolder();
  readonly driver = new FakeDriver();
  services!: LoadedServices;

  static async open(): Promise<ServicesLab> {
    const lab = new ServicesLab();
    vi.stubEnv('TATIN_STATE', lab.at('state'));
    vi.stubEnv('TATIN_RUNTIME', lab.at('run'));
    await lab.#begin();
    return lab;
  }

  async #begin(): Promise<void> {
    this.services = await openAllServices({ home: this.at('home'), driver: this.driver });
  }

  at(...names: string[]): string {
    return path.join(this.#folder.path, ...names);
  }

  /** Ends the services and begins anew over the same folders. */
  async restart(): Promise<void> {
    await this.services[Symbol.asyncDispose]();
    await this.#begin();
  }

  /** Input and output pass the contract. */
  async ask<N extends ProcedureName>(name: N, input: ProcedureInput<N>): Promise<ProcedureOutput<N>> {
    // Name and input belong together, which a union of handlers can't say.
    const handler = this.services.backend.handlers[name] as (input: unknown, context: object) => Promise<unknown>;
    const output = await handler(procedures[name].input.parse(input), { signal: new AbortController().signal });
    return procedures[name].output.parse(output) as ProcedureOutput<N>;
  }

  /** The job at its end, which must be a good one. */
  async done(job: Job): Promise<Job> {
    const end = await this.services.jobs.ended(job.id);
    expect(end.state === 'failed' ? end.error : undefined).toBeUndefined();
    return end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.services[Symbol.asyncDispose]();
    vi.unstubAllEnvs();
    this.#folder[Symbol.dispose]();
  }
}
