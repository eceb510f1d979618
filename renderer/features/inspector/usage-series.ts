import type { UsagePoint } from '../../../electron/contract/usage-history.ts';
import type { MachineVm } from '../../../electron/contract/machine.ts';
import { memoryOfText, rateText } from '../../../electron/contract/words/sizes.ts';

/** One chart: what it is of, how high it can be, and what a point says. */
export interface Series {
  readonly title: string;
  /** One line each, in the order of its name: undefined where nothing is known. */
  readonly lines: readonly ((point: UsagePoint) => number | undefined)[];
  /** The top of the scale where that is fixed; else it follows the highest value. */
  readonly top?: number;
  /** What a point says, a text for each line; a single one where nothing is known. */
  readonly texts: (point: UsagePoint) => readonly string[];
}

/** What a point says in one sentence. */
export function seriesText({ texts }: Series, point: UsagePoint): string {
  return texts(point).join(', ');
}

function percentText(fraction: number): string {
  return `${Math.round(fraction * 100)} %`;
}

function both(
  first: number | undefined,
  second: number | undefined,
  names: readonly [string, string],
): readonly string[] {
  if (first === undefined || second === undefined) return ['not known'];
  return [`${rateText(first)} ${names[0]}`, `${rateText(second)} ${names[1]}`];
}

/** The charts of a machine. */
export function seriesOf({ memoryBytes }: Pick<MachineVm, 'memoryBytes'>): readonly Series[] {
  return [
    {
      title: 'CPU',
      lines: [({ cpuFraction }) => cpuFraction, ({ cpuMax }) => cpuMax],
      top: 1,
      texts: ({ cpuFraction, cpuMax }) => [percentText(cpuFraction), `peak ${percentText(cpuMax)}`],
    },
    {
      title: 'Memory',
      lines: [(point) => point.memoryBytes],
      top: memoryBytes,
      texts: (point) => [memoryOfText(point.memoryBytes, memoryBytes)],
    },
    {
      title: 'Disk',
      lines: [({ diskRead }) => diskRead, ({ diskWritten }) => diskWritten],
      texts: ({ diskRead, diskWritten }) => both(diskRead, diskWritten, ['read', 'written']),
    },
    {
      title: 'Network',
      lines: [({ networkIn }) => networkIn, ({ networkOut }) => networkOut],
      texts: ({ networkIn, networkOut }) => both(networkIn, networkOut, ['in', 'out']),
    },
  ];
}

/** The top of a scale: the next of 1, 2 or 5 times a power of ten, and never nothing. */
export function axisMaximum(highest: number): number {
  if (!(highest > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(highest));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= highest) ?? 10;
  return step * power;
}

/**
 * The lines of a chart as SVG paths: a gap of more than a step is no line, and a point alone is a short one.
 * @param xOf where a moment stands, in milliseconds since the epoch
 */
export function linePaths(
  points: readonly { atMs: number; value: number | undefined }[],
  stepMs: number,
  xOf: (atMs: number) => number,
  yOf: (value: number) => number,
): string {
  let path = '';
  let beforeMs: number | undefined;
  points.forEach(({ atMs, value }, index) => {
    if (value === undefined) {
      beforeMs = undefined;
      return;
    }
    const isJoined = beforeMs !== undefined && atMs - beforeMs <= stepMs * 1.5;
    const [x, y] = [xOf(atMs).toFixed(1), yOf(value).toFixed(1)];
    const next = points[index + 1];
    const isAlone = !isJoined && (next?.value === undefined || next.atMs - atMs > stepMs * 1.5);
    path += isJoined ? `L${x} ${y}` : `M${x} ${y}`;
    if (isAlone) path += `h1`;
    beforeMs = atMs;
  });
  return path;
}
