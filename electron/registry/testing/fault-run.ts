import { readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Home } from '../../library/home.ts';
import { OtherProgram } from '../../library/testing/other-program.ts';
import { scanCache } from '../cache/scan.ts';
import { type Reference, printReference } from '../../contract/reference.ts';
import { type FaultProxy, startFaultProxy } from '../client/testing/fault-proxy.ts';
import { mediaTypes } from '../manifest/media-types.ts';
import { verifyCachedImage } from '../verify-image.ts';
import { publish } from './hand-made-image.ts';
import { type ImageBed, startImageBed } from './image-bed.ts';
import type { RegistryFault } from './registry-faults.ts';
import type { Attempt } from './work-on-images.ts';

/** What came of a pull from a registry that misbehaves; `problem`: why that is not good enough. */
export interface FaultOutcome {
  readonly name: string;
  /** `pulled`, or the code of the error. */
  readonly outcome: string;
  readonly message: string;
  readonly problem?: string | undefined;
}

/** No pull may take longer, or more memory. */
const limits = { ms: 30_000, bytes: 400e6 };

const program = path.join(import.meta.dirname, 'work-on-images.ts');
const { signal } = new AbortController();

/** Pulls in a process of its own from a registry behind a proxy that plays faults. */
export class FaultRun implements AsyncDisposable {
  readonly #bed: ImageBed;
  readonly #proxy: FaultProxy;
  #program: OtherProgram | undefined;

  private constructor(bed: ImageBed, proxy: FaultProxy) {
    this.#bed = bed;
    this.#proxy = proxy;
  }

  static async start(): Promise<FaultRun> {
    const bed = await startImageBed();
    return new FaultRun(bed, await startFaultProxy(bed.registry.url));
  }

  /** Plays one fault, looks at what is left of it, then lets an honest pull go through. */
  async try(fault: RegistryFault): Promise<FaultOutcome> {
    const home = this.#bed.newHome();
    const reference = await this.#play(fault);
    const attempt = await this.#pull(home, reference);
    if (attempt === 'too slow') {
      this.#proxy.plan([]);
      return { name: fault.name, outcome: 'none', message: '', problem: `took more than ${limits.ms / 1000} seconds` };
    }
    const [outcome, message] = 'error' in attempt ? [attempt.error.code, attempt.error.message] : [attempt.outcome, ''];
    this.#proxy.plan([]);
    const problem =
      (await this.#problemOf(fault, attempt, home)) ??
      (await this.#problemOfHonestPull(home)) ??
      (await this.#problemOfMemory());
    rmSync(home.path, { recursive: true, force: true });
    return { name: fault.name, outcome, message, problem };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program?.[Symbol.asyncDispose]();
    await this.#proxy[Symbol.asyncDispose]();
    await this.#bed[Symbol.asyncDispose]();
  }

  async #play(fault: RegistryFault): Promise<Reference> {
    const { host } = this.#proxy;
    if (!('image' in fault)) {
      const { when, fault: what, times } = fault;
      this.#proxy.plan([{ when, fault: what, ...(times === undefined ? {} : { times }) }]);
      return { host, namespace: this.#bed.reference.namespace, tag: 'latest' };
    }
    // The registry itself would refuse some of these manifests, so the proxy says them.
    const namespace = 'faults/image';
    await publish(this.#bed.client(), { namespace }, { ...fault.image, manifest: undefined });
    const headers = { 'content-type': mediaTypes.manifest };
    this.#proxy.plan([
      {
        when: ({ path: at }) => at.includes('/manifests/'),
        fault: { kind: 'status', status: 200, headers, body: fault.image.manifest },
      },
    ]);
    return { host, namespace, tag: 'latest' };
  }

  async #pull(home: Home, reference: Reference): Promise<Attempt | 'too slow'> {
    this.#program ??= await startProgram();
    this.#program.say(`try ${home.path} ${printReference(reference)}`);
    const late = Promise.withResolvers<'too slow'>();
    const timer = setTimeout(() => late.resolve('too slow'), limits.ms);
    try {
      const line = await Promise.race([this.#program.line(), late.promise]);
      // The program's own words; what is asked of them is asked below.
      if (line !== 'too slow') return JSON.parse(line) as Attempt;
      await this.#endProgram();
      return line;
    } catch (error) {
      await this.#endProgram();
      return { error: { code: 'unexpected', message: error instanceof Error ? error.message : String(error) } };
    } finally {
      clearTimeout(timer);
    }
  }

  async #endProgram(): Promise<void> {
    await this.#program?.[Symbol.asyncDispose]();
    this.#program = undefined;
  }

  async #problemOf(fault: RegistryFault, attempt: Attempt, home: Home): Promise<string | undefined> {
    const { images, links } = scanCache(home.cache);
    if ('error' in attempt) {
      const { code, message } = attempt.error;
      if (code === 'unexpected') return `is no error that a person understands: ${message}`;
      if (/[\p{Cc}]/u.test(message) || message.length > 1000) return 'says what the registry wants said';
      return images.length + links.length === 0 ? undefined : 'failed, and left something in the cache';
    }
    const [image] = images;
    if (image === undefined) return 'says that it pulled, and there is no image';
    if ('image' in fault && fault.isRight !== true) return 'took what it should have refused';
    const { state } = await verifyCachedImage(image.folder, { signal });
    if (state !== 'whole') return `kept an image that is ${state}`;
    const expected = 'image' in fault ? fault.image.disk : this.#bed.disk;
    return readFileSync(path.join(image.folder, 'disk.img')).equals(expected) ? undefined : 'made another disk';
  }

  async #problemOfHonestPull(home: Home): Promise<string | undefined> {
    const { namespace } = this.#bed.reference;
    const attempt = await this.#pull(home, { host: this.#proxy.host, namespace, tag: 'latest' });
    if (attempt === 'too slow' || 'error' in attempt) return 'does not let a later pull work';
    const folder = scanCache(home.cache).images.find((image) => image.repository.endsWith(namespace))?.folder ?? '';
    const isRight = readFileSync(path.join(folder, 'disk.img')).equals(this.#bed.disk);
    if (!isRight) return 'makes a later pull wrong';
    const files = readdirSync(folder).sort().join(' ');
    return files === 'config.json disk.img manifest.json nvram.bin' ? undefined : `leaves ${files} in the image`;
  }

  async #problemOfMemory(): Promise<string | undefined> {
    this.#program?.say('peak');
    const bytes = Number(await this.#program?.line());
    return bytes > limits.bytes ? `took ${Math.round(bytes / 1e6)} MB` : undefined;
  }
}

async function startProgram(): Promise<OtherProgram> {
  const started = OtherProgram.node(program);
  await started.line();
  return started;
}
