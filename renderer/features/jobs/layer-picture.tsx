import type { ReactElement } from 'react';
import type { Layers } from '../../../electron/contract/job.ts';

/** With more layers than this, one cell stands for several. */
const maxCells = 96;

type Kind = 'copied' | 'verified' | 'flight' | 'waiting' | 'hole';
const kindOf: Record<string, Kind> = { c: 'copied', v: 'verified', f: 'flight', w: 'waiting', h: 'hole' };
const words: Record<Kind, string> = {
  copied: 'copied from here',
  verified: 'verified',
  flight: 'in flight',
  waiting: 'waiting',
  hole: 'holes',
};
/** What a layer is called on its way to a registry. */
const wordsOfPush: Partial<Record<Kind, string>> = { copied: 'there already', verified: 'sent' };
const order: readonly Kind[] = ['copied', 'verified', 'flight', 'waiting', 'hole'];

/** A cell of the picture: one layer, or several beside each other. */
interface Cell {
  readonly kind: Kind;
  /** Of one in flight: 0 to 1. */
  readonly part: number;
}

/** How each layer of an image stands, in the order of the disk. */
export function LayerPicture({
  layers,
  isHeld = false,
  isPush = false,
}: {
  layers: Layers;
  isHeld?: boolean;
  isPush?: boolean;
}): ReactElement {
  const counts = countsOf(layers);
  const shown = order.filter((kind) => counts[kind] > 0);
  // Nothing flies while the job is held; what has come of it is kept.
  const wordOf = (kind: Kind): string =>
    isHeld && kind === 'flight' ? 'begun' : { ...words, ...(isPush ? wordsOfPush : {}) }[kind];
  const text = shown.map((kind) => `${counts[kind]} ${wordOf(kind)}`).join(', ');
  return (
    <>
      <div className="layers" role="img" aria-label={`${layers.states.length} layers: ${text}`}>
        {cellsOf(layers).map(({ kind, part }, index) => (
          <i
            key={index}
            data-kind={kind}
            style={kind === 'flight' ? { backgroundSize: `${part * 100}% 100%` } : undefined}
          />
        ))}
      </div>
      <ul className="layer-legend" aria-hidden="true">
        {shown.map((kind) => (
          <li key={kind}>
            <i data-kind={kind} /> {counts[kind]} {wordOf(kind)}
          </li>
        ))}
      </ul>
    </>
  );
}

function countsOf({ states }: Layers): Record<Kind, number> {
  const counts: Record<Kind, number> = { copied: 0, verified: 0, flight: 0, waiting: 0, hole: 0 };
  for (const letter of states) counts[kindOf[letter] ?? 'waiting'] += 1;
  return counts;
}

/** What is least done decides a bundle: a cell is solid only when all of it is. */
const weight: Record<Kind, number> = { flight: 0, waiting: 1, verified: 2, copied: 3, hole: 4 };

export function cellsOf({ states, inFlight }: Layers): Cell[] {
  const perCell = Math.max(1, Math.ceil(states.length / maxCells));
  const cells: Cell[] = [];
  for (let start = 0; start < states.length; start += perCell) {
    const bundle = Array.from(states.slice(start, start + perCell));
    const kinds = bundle.map((letter) => kindOf[letter] ?? 'waiting').sort((a, b) => weight[a] - weight[b]);
    const parts = bundle.map((letter, index) => partOf(letter, inFlight[String(start + index)]));
    const part = parts.reduce((sum, each) => sum + each, 0) / bundle.length;
    const [min = 'waiting'] = kinds;
    // Some of it done and some waiting is on its way as a whole.
    cells.push({ kind: min === 'waiting' && part > 0 ? 'flight' : min, part });
  }
  return cells;
}

function partOf(letter: string, part: number | undefined): number {
  if (letter === 'f') return part ?? 0;
  return letter === 'w' ? 0 : 1;
}
