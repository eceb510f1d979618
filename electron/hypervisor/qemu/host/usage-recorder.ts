import { z } from 'zod';
import type { Usage } from '../../../contract/machine.ts';
import { listOf } from '../../../guest/list-of.ts';
import type { QemuAgent } from '../../../guest/qemu-agent.ts';
import { UsageWriter } from '../../../library/usage-history.ts';
import { type Clock, systemClock } from '../../../host/clock.ts';
import type { Qmp } from '../qmp.ts';

/** A step of the finest ring. */
const everyMs = 10_000;
/** The agent has one line for everybody, so it is asked less often than it could be. */
const networkEvery = 3;
const agentLimitMs = 4_000;

/** Bytes that went each way since some beginning. */
export interface Counters {
  readonly inBytes: number;
  readonly outBytes: number;
}

interface Rates {
  readonly in: number | undefined;
  readonly out: number | undefined;
}

/** Where the numbers come from; each may have none to give. */
export interface UsageSources {
  /** Samples of the last minutes, oldest first. */
  readonly usage: () => Promise<Usage[]>;
  /** Of its disks: what the guest reads is `inBytes`. */
  readonly disks: () => Promise<Counters | undefined>;
  readonly network: () => Promise<Counters | undefined>;
}

/** Writes down what a machine takes for as long as it runs. */
export class UsageRecorder implements AsyncDisposable {
  readonly #writer: UsageWriter;
  readonly #sources: UsageSources;
  readonly #clock: Clock;
  readonly #disks = new RateMeter();
  readonly #network = new RateMeter();
  #networkRates: Rates = unknown;
  #lastAt = '';
  #round = 0;
  #cancel: (() => void) | undefined;
  #work: Promise<void> = Promise.resolve();
  #isOver = false;

  private constructor(writer: UsageWriter, sources: UsageSources, clock: Clock) {
    this.#writer = writer;
    this.#sources = sources;
    this.#clock = clock;
    this.#wait(0);
  }

  /** Undefined where nothing can be written down; the machine runs without. */
  static async begin(
    folder: string,
    sources: UsageSources,
    clock: Clock = systemClock,
  ): Promise<UsageRecorder | undefined> {
    const writer = await UsageWriter.open(folder);
    return writer === undefined ? undefined : new UsageRecorder(writer, sources, clock);
  }

  #wait(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => {
      this.#work = this.#record().finally(() => {
        // A QEMU that hangs answers nothing, and nothing piles up behind it.
        if (!this.#isOver) this.#wait(everyMs);
      });
    });
  }

  async #record(): Promise<void> {
    const samples = (await this.#sources.usage().catch((): Usage[] => [])).filter(({ at }) => at > this.#lastAt);
    const last = samples.at(-1);
    if (last === undefined) return;
    this.#lastAt = last.at;
    const disks = this.#disks.rates(await this.#sources.disks().catch(() => undefined), this.#clock.now());
    if (this.#round++ % networkEvery === 0)
      this.#networkRates = this.#network.rates(await this.#sources.network().catch(() => undefined), this.#clock.now());
    if (this.#isOver) return;
    const mean = samples.reduce((sum, { cpuFraction }) => sum + cpuFraction, 0) / samples.length;
    await this.#writer.add(
      {
        ...{ cpuFraction: mean, memoryBytes: last.memoryBytes, diskRead: disks.in, diskWritten: disks.out },
        ...{ networkIn: this.#networkRates.in, networkOut: this.#networkRates.out },
      },
      this.#clock.now(),
    );
  }

  /** Does not wait for a source that no longer answers. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#cancel?.();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => resolve(undefined), agentLimitMs);
    await Promise.race([this.#work, promise]);
    clearTimeout(timer);
    await this.#writer[Symbol.asyncDispose]();
  }
}

const unknown: Rates = { in: undefined, out: undefined };

/** Bytes a second from counters; counters that begin anew, as after a restart of the guest, give none. */
class RateMeter {
  #before: (Counters & { atMs: number }) | undefined;

  rates(now: Counters | undefined, atMs: number): Rates {
    const before = this.#before;
    this.#before = now === undefined ? undefined : { ...now, atMs };
    const seconds = before === undefined ? 0 : (atMs - before.atMs) / 1000;
    if (now === undefined || before === undefined || seconds <= 0) return unknown;
    if (now.inBytes < before.inBytes || now.outBytes < before.outBytes) return unknown;
    return { in: (now.inBytes - before.inBytes) / seconds, out: (now.outBytes - before.outBytes) / seconds };
  }
}

const blockStatsSchema = z.array(
  z.object({ qdev: z.string().default(''), stats: z.object({ rd_bytes: z.number(), wr_bytes: z.number() }) }),
);

/** What the guest read from all its disks and wrote to them (QMP's query-blockstats); its firmware's are not among them. */
export async function diskCounters(qmp: Qmp): Promise<Counters> {
  const all = await qmp.ask(blockStatsSchema, 'query-blockstats');
  return sum(
    all
      .filter(({ qdev }) => /disk\d+-device/.test(qdev))
      .map(({ stats }) => ({ inBytes: stats.rd_bytes, outBytes: stats.wr_bytes })),
  );
}

/** What a guest counts: whole bytes that a number can count exactly. */
const bytesSchema = z.int().nonnegative();
const maxInterfaces = 1000;
const interfacesSchema = listOf(
  maxInterfaces,
  z.object({
    name: z.string(),
    statistics: z.object({ 'rx-bytes': bytesSchema, 'tx-bytes': bytesSchema }).optional(),
  }),
);

/** Loopback, and what containers and bridges inside make: the same bytes pass them and the card. */
const innerInterface = /^(lo|docker|br-|veth|virbr|podman|cni|flannel|lxc|tun|tap|wg)/;

/**
 * What came in and went out over the guest's network cards, as its agent counts (since qemu-ga 2.11); undefined without
 * an agent that can.
 */
export async function networkCounters(agent: QemuAgent): Promise<Counters | undefined> {
  if (!agent.connected) return undefined;
  const signal = AbortSignal.timeout(agentLimitMs);
  const all = await agent.ask(interfacesSchema, 'guest-network-get-interfaces', undefined, signal, agentLimitMs);
  const cards = all.flatMap(({ name, statistics }) =>
    statistics === undefined || innerInterface.test(name)
      ? []
      : [{ inBytes: statistics['rx-bytes'], outBytes: statistics['tx-bytes'] }],
  );
  return cards.length === 0 ? undefined : sum(cards);
}

function sum(all: readonly Counters[]): Counters {
  return all.reduce((a, b) => ({ inBytes: a.inBytes + b.inBytes, outBytes: a.outBytes + b.outBytes }), {
    inBytes: 0,
    outBytes: 0,
  });
}
