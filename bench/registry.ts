import { readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type Measurement, median, shown } from './measure.ts';
import { Stage, type Taken, changeOneLayer, packedBySkopeo } from './registry/stage.ts';

/** How much is measured: less is quicker, and says less. */
export interface RegistryBenchOptions {
  readonly pairs: number;
  /** Size of the disk. */
  readonly gib: number;
}

type Say = (line: string) => void;
interface Side {
  readonly name: string;
  readonly once: () => Taken;
}
interface Question {
  readonly key: string;
  readonly question: string;
  readonly target: number;
  /** Of the CPU time, where one was set. */
  readonly cpuTarget?: number;
}

/** Moving images: to a registry and back, against tools that do a part of it. Takes about ten minutes. */
export async function measureRegistry(root: string, say: Say, options: RegistryBenchOptions): Promise<Measurement[]> {
  await using stage = await Stage.open(root, options.gib);
  const bench = new RegistryBench(stage, options.pairs, say);
  const push = bench.push();
  const pull = bench.pull();
  return [...pull, ...push, ...bench.ownWork(), bench.copy(), ...bench.memory()];
}

class RegistryBench {
  readonly #stage: Stage;
  readonly #pairs: number;
  readonly #say: Say;
  readonly #home: string;
  readonly #peaks = { pull: [] as number[], push: [] as number[] };

  constructor(stage: Stage, pairs: number, say: Say) {
    this.#stage = stage;
    this.#pairs = pairs;
    this.#say = say;
    this.#home = path.join(stage.folder, 'home');
  }

  get #image(): string {
    return `${this.#stage.registry.host}/bench/vm:1`;
  }

  push(): Measurement[] {
    const stage = this.#stage;
    const vm = stage.machine(this.#home);
    const script = packedBySkopeo(stage);
    const ours = (): Taken => {
      stage.emptyRegistry();
      rmSync(path.join(vm, 'tatin-layers.json'), { force: true });
      const taken = stage.run(stage.tatin('push', '--insecure', 'bench', this.#image));
      this.#peaks.push.push(taken.peakBytes);
      return taken;
    };
    const peer = (): Taken => {
      stage.emptyRegistry();
      return stage.run(['sh', script]);
    };
    const measured = this.#compare(
      { key: 'image-push', question: 'Pushing a disk', target: 0.8 },
      { name: '`tatin push`', once: ours },
      { name: '`lz4 -1`, then `skopeo copy`', once: peer },
    );
    // What the pulls pull.
    ours();
    return measured;
  }

  pull(): Measurement[] {
    const stage = this.#stage;
    const pulled = path.join(stage.folder, 'pulled');
    const ours = (): Taken => {
      rmSync(pulled, { recursive: true, force: true });
      const taken = stage.run(stage.tatin('pull', '--insecure', this.#image), pulled);
      this.#peaks.pull.push(taken.peakBytes);
      return taken;
    };
    const copy = path.join(stage.folder, 'copied');
    const skopeo = (): Taken => {
      rmSync(copy, { recursive: true, force: true });
      return stage.run([
        'skopeo',
        'copy',
        '--quiet',
        '--src-tls-verify=false',
        `docker://${this.#image}`,
        `dir:${copy}`,
      ]);
    };
    ours();
    const urls = blobUrls(stage, pulled).map((url) => `'${url}'`);
    const each = 'curl -sS "$0" | openssl dgst -sha256 >/dev/null';
    const curl = () => stage.run(['sh', '-c', `printf '%s\\n' ${urls.join(' ')} | xargs -n 1 -P 2 sh -c '${each}'`]);
    const name = '`tatin pull`';
    return [
      ...this.#compare(
        { key: 'image-pull', question: 'Pulling to a verified, sparse disk', target: 0.6, cpuTarget: 0.8 },
        { name, once: ours },
        { name: '`skopeo copy` to a folder', once: skopeo },
      ),
      ...this.#compare(
        { key: 'image-pull-limit', question: 'The same, against what the line and the digests cost', target: 2 },
        { name, once: ours },
        { name: '`curl` into `openssl dgst`, two at a time', once: curl },
      ).slice(0, 1),
    ];
  }

  /** Ours against ours: what is here already need not come again. */
  ownWork(): Measurement[] {
    const stage = this.#stage;
    const base = stage.cloning ?? stage.folder;
    const volume = stage.cloning === undefined ? '' : ', on a volume that clones';
    changeOneLayer(path.join(this.#home, 'vms/bench/disk.img'));
    const next = this.#image.replace(/:1$/, ':2');
    stage.run(stage.tatin('push', '--insecure', 'bench', next));
    const home = path.join(base, 'own');
    const seconds = (value: number): Taken => ({ seconds: value, cpuSeconds: 0, peakBytes: 0 });
    const full = (): Taken => {
      rmSync(home, { recursive: true, force: true });
      return seconds(stage.workSeconds('pull', home, this.#image));
    };
    const changed = (): Taken => {
      full();
      return seconds(stage.workSeconds('pull', home, next));
    };
    const linked = (): Taken => {
      full();
      rmSync(path.join(home, 'cache/OCIs', stage.registry.host.replace(':', '%3A'), 'bench/vm/1'));
      return seconds(stage.workSeconds('pull', home, this.#image));
    };
    const peer = { name: 'the full pull', once: full };
    return [
      ...this.#compare(
        { key: 'image-pull-changed', question: `Pulling a tag that changes one layer${volume}`, target: 0.25 },
        { name: 'with the old one in the cache', once: changed },
        peer,
      ).slice(0, 1),
      ...this.#compare(
        { key: 'image-pull-linked', question: 'Pulling what is here under another tag', target: 0.02 },
        { name: 'with the image in the cache', once: linked },
        peer,
      ).slice(0, 1),
    ];
  }

  copy(): Measurement {
    const stage = this.#stage;
    const to = path.join(stage.folder, 'clone.img');
    const ours = (): Taken => {
      rmSync(to, { force: true });
      return { seconds: stage.workSeconds('copy', stage.disk, to), cpuSeconds: 0, peakBytes: 0 };
    };
    const peer = (): Taken => {
      rmSync(to, { force: true });
      return stage.run(['sh', '-c', `cp --sparse=always '${stage.disk}' '${to}' && sync -d '${to}'`]);
    };
    const [measurement] = this.#compare(
      { key: 'image-clone', question: 'Cloning where blocks cannot be shared', target: 1 },
      { name: 'the copy of `tatin clone`', once: ours },
      { name: '`cp --sparse=always`, `sync`', once: peer },
    );
    if (measurement === undefined) throw new Error('There is no measurement of the copy.');
    return measurement;
  }

  /** Against the most that is allowed, whatever the image's size. */
  memory(): Measurement[] {
    const allowed = 400;
    return (['pull', 'push'] as const).map((verb) => {
      const samples = this.#peaks[verb].map((bytes) => bytes / 1e6);
      const peak = Math.max(...samples);
      return {
        key: `image-${verb}-memory`,
        question: `Most memory of \`tatin ${verb}\``,
        unit: 'MB',
        target: 1,
        ours: { name: `\`tatin ${verb}\``, samples, median: peak },
        peer: { name: 'what is allowed', samples: [allowed], median: allowed },
        ratio: peak / allowed,
      };
    });
  }

  /** Both sides in turn, after each did it once unmeasured: wall time, and CPU time if both sides know it. */
  #compare(question: Question, ours: Side, peer: Side): Measurement[] {
    this.#say(question.question);
    ours.once();
    peer.once();
    const taken: { ours: Taken[]; peer: Taken[] } = { ours: [], peer: [] };
    for (let pair = 0; pair < this.#pairs; pair++) {
      for (const side of pair % 2 === 0 ? (['ours', 'peer'] as const) : (['peer', 'ours'] as const))
        taken[side].push({ ours, peer }[side].once());
      this.#say(`  pair ${pair + 1} of ${this.#pairs}: ${words(taken.ours.at(-1))} and ${words(taken.peer.at(-1))}`);
    }
    const by = (what: 'seconds' | 'cpuSeconds', key: string, text: string, target?: number): Measurement => {
      const samples = { ours: taken.ours.map((one) => one[what]), peer: taken.peer.map((one) => one[what]) };
      return {
        key,
        question: text,
        unit: 's',
        target,
        ours: { name: ours.name, samples: samples.ours, median: median(samples.ours) },
        peer: { name: peer.name, samples: samples.peer, median: median(samples.peer) },
        ratio: median(samples.ours.map((value, index) => value / (samples.peer[index] ?? Number.NaN))),
      };
    };
    const wall = by('seconds', question.key, question.question, question.target);
    if (taken.ours.some(({ cpuSeconds }) => cpuSeconds === 0)) return [wall];
    return [wall, by('cpuSeconds', `${question.key}-cpu`, `${question.question}: CPU time`, question.cpuTarget)];
  }
}

function words(taken: Taken | undefined): string {
  const cpu = taken === undefined || taken.cpuSeconds === 0 ? '' : ` (CPU ${shown(taken.cpuSeconds, 's')})`;
  return `${shown(taken?.seconds, 's')}${cpu}`;
}

/** Where the blobs of the image that was pulled are. */
function blobUrls(stage: Stage, home: string): string[] {
  const place = path.join(home, 'cache/OCIs', stage.registry.host.replace(':', '%3A'), 'bench/vm');
  const digest = readdirSync(place).find((name) => name.startsWith('sha256:')) ?? '';
  // Tatin wrote it, from what it pushed.
  const manifest = JSON.parse(readFileSync(path.join(place, digest, 'manifest.json'), 'utf8')) as {
    layers: { digest: string }[];
  };
  return manifest.layers.map((layer) => `${stage.registry.url}/v2/bench/vm/blobs/${layer.digest}`);
}
