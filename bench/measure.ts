/** What was measured of one question, both sides in turn on the same machine. */
export interface Measurement {
  /** Stays the same from one run to the next. */
  readonly key: string;
  /** What was asked, as a heading of a row. */
  readonly question: string;
  readonly ours: Side;
  readonly peer: Side;
  /** Ours divided by the peer's: median over the pairs. */
  readonly ratio: number;
  /** The ratio that is good enough, where one was set. */
  readonly target?: number | undefined;
  readonly unit: 's' | 'MB';
}

export interface Side {
  readonly name: string;
  /** In the order taken. */
  readonly samples: readonly number[];
  readonly median: number;
}

/** One side of a comparison: does it once and resolves with seconds or megabytes. */
export interface Contender {
  readonly name: string;
  readonly once: () => Promise<number>;
}

/** The value in the middle; of an even number, the mean of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  if (low === undefined || high === undefined) throw new Error('There is no median of nothing.');
  return (low + high) / 2;
}

/**
 * Lets both sides do it in turn, `pairs` times, after each did it once unmeasured. Who begins changes with every pair, so
 * that what the first leaves behind (caches, heat) helps or hurts both. The ratio is the median of the pairs' ratios:
 * what else the machine does falls on both sides of a pair.
 */
export async function compare(
  question: Pick<Measurement, 'key' | 'question' | 'unit' | 'target'>,
  ours: Contender,
  peer: Contender,
  pairs: number,
  say: (line: string) => void,
): Promise<Measurement> {
  await ours.once();
  await peer.once();
  const samples: { ours: number[]; peer: number[] } = { ours: [], peer: [] };
  for (let pair = 0; pair < pairs; pair++) {
    const order = pair % 2 === 0 ? (['ours', 'peer'] as const) : (['peer', 'ours'] as const);
    for (const side of order) samples[side].push(await { ours, peer }[side].once());
    say(
      `  pair ${pair + 1} of ${pairs}: ${shown(samples.ours.at(-1), question.unit)} and ${shown(samples.peer.at(-1), question.unit)}`,
    );
  }
  const ratios = samples.ours.map((value, index) => value / (samples.peer[index] ?? Number.NaN));
  return {
    ...question,
    ours: { name: ours.name, samples: samples.ours, median: median(samples.ours) },
    peer: { name: peer.name, samples: samples.peer, median: median(samples.peer) },
    ratio: median(ratios),
  };
}

/** A value as people read it. */
export function shown(value: number | undefined, unit: Measurement['unit']): string {
  if (value === undefined) return '?';
  return `${value.toPrecision(3)} ${unit}`;
}
