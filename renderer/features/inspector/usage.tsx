import { type KeyboardEvent, type PointerEvent, type ReactElement, useState } from 'react';
import type { MachineVm } from '../../../electron/contract/machine.ts';
import type { UsageHistory, UsagePoint, UsageRange } from '../../../electron/contract/usage-history.ts';
import { Button } from '../../components/button.tsx';
import { Choice } from '../../components/field.tsx';
import { linePaths, axisMaximum, type Series, seriesOf, seriesText } from './usage-series.ts';
import { momentOf, UsageTable } from './usage-table.tsx';
import { useUsageHistory } from './use-usage-history.ts';
import './usage.css';

const ranges: readonly { value: UsageRange; label: string }[] = [
  { value: 'hour', label: 'Last hour' },
  { value: 'day', label: 'Last day' },
  { value: 'week', label: 'Last week' },
];

/** What a machine took of this computer over time. */
export function UsageCharts({ vm }: { vm: MachineVm }): ReactElement {
  const [range, setRange] = useState<UsageRange>('hour');
  const [isTable, setTable] = useState(false);
  const history = useUsageHistory(vm.id, range);
  return (
    <section aria-label="Activity">
      <h3>
        Activity
        <span className="usage-range">
          <Choice
            label="Range of time"
            value={range}
            options={ranges}
            onChange={(value) => setRange(ranges.find((one) => one.value === value)?.value ?? 'hour')}
          />
        </span>
      </h3>
      {history === undefined || history.points.length === 0 ? (
        <p className="caption">
          {history === undefined
            ? 'Reading'
            : `Nothing in the ${range === 'hour' ? 'last hour' : `last ${range}`}. It is recorded while the machine runs.`}
        </p>
      ) : (
        <>
          <Charts history={history} series={seriesOf(vm)} />
          <p>
            <Button look="link" size="small" onClick={() => setTable(true)}>
              Show as Table…
            </Button>
          </p>
          {isTable ? (
            <UsageTable vm={vm} history={history} series={seriesOf(vm)} onClose={() => setTable(false)} />
          ) : null}
        </>
      )}
    </section>
  );
}

/** As wide as the inspector's content, in the units of the drawing; stretched to what there is. */
const width = 264;
const height = 40;

/** All charts with one moment for all of them: under the pointer, or moved with the arrow keys. */
function Charts({ history, series }: { history: UsageHistory; series: readonly Series[] }): ReactElement {
  const { points, stepSeconds } = history;
  const [atMs, setAt] = useState<number>();
  const index = atMs === undefined ? undefined : nearest(points, atMs);
  const point = index === undefined ? undefined : points[index];
  const last = points.at(-1);
  const fromMs = Date.parse(history.from);
  const spanMs = Date.parse(history.to) - fromMs;
  const move = (event: PointerEvent<HTMLDivElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    setAt(fromMs + ((event.clientX - box.left) / box.width) * spanMs);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = moves[event.key];
    if (event.key === 'Escape' && atMs !== undefined) setAt(undefined);
    else if (step === undefined) return;
    else {
      const next = Math.min(points.length - 1, Math.max(0, step(index ?? points.length, points.length)));
      setAt(Date.parse(points[next]?.at ?? history.to));
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const said = (of: UsagePoint): string =>
    `${momentOf(of, stepSeconds)}: ${series.map((one) => `${one.title} ${seriesText(one, of)}`).join(', ')}`;
  return (
    <div
      className="usage-charts"
      role="slider"
      tabIndex={0}
      aria-label="Moment in the charts"
      aria-valuemin={0}
      aria-valuemax={points.length - 1}
      aria-valuenow={index ?? points.length - 1}
      aria-valuetext={point === undefined ? (last === undefined ? '' : `Last, ${said(last)}`) : said(point)}
      onPointerMove={move}
      onPointerLeave={() => setAt(undefined)}
      onKeyDown={onKeyDown}
      onBlur={() => setAt(undefined)}
    >
      {series.map((one) => (
        <Chart key={one.title} series={one} history={history} point={point} />
      ))}
      <div className="usage-axis" aria-hidden="true">
        {point === undefined ? (
          <>
            <span>{axisText(history.from, stepSeconds)}</span>
            <span>now</span>
          </>
        ) : (
          <b>{momentOf(point, stepSeconds)}</b>
        )}
      </div>
    </div>
  );
}

/** From the index now (the number of points: none yet) to the next. */
const moves: Partial<Record<string, (index: number, count: number) => number>> = {
  ArrowLeft: (index) => index - 1,
  ArrowDown: (index) => index - 1,
  ArrowRight: (index) => index + 1,
  ArrowUp: (index) => index + 1,
  PageDown: (index) => index - 10,
  PageUp: (index) => index + 10,
  Home: () => 0,
  End: (_index, count) => count - 1,
};

function Chart({
  series,
  history,
  point,
}: {
  series: Series;
  history: UsageHistory;
  point: UsagePoint | undefined;
}): ReactElement {
  const { points, stepSeconds } = history;
  const fromMs = Date.parse(history.from);
  const spanMs = Date.parse(history.to) - fromMs;
  const lines = series.lines.map((line) => points.map((one) => ({ atMs: Date.parse(one.at), value: line(one) })));
  const known = lines.flat().flatMap(({ value }) => (value === undefined ? [] : [value]));
  const top = series.top ?? axisMaximum(Math.max(0, ...known));
  const xOf = (atMs: number): number => ((atMs - fromMs) / spanMs) * width;
  const yOf = (value: number): number => height - 1 - Math.min(1, value / top) * (height - 2);
  const shown = point ?? points.at(-1);
  return (
    <div className="usage-chart">
      <div className="usage-value">
        <span>{series.title}</span>
        <span className="cut" title={shown === undefined ? undefined : seriesText(series, shown)}>
          {shown === undefined ? null : <Values texts={series.texts(shown)} />}
        </span>
      </div>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
        <path className="usage-grid" d={`M0 .5H${width}M0 ${height / 2}H${width}M0 ${height - 0.5}H${width}`} />
        {lines.map((line, index) => (
          <path
            key={index}
            className="usage-line"
            data-line={index}
            d={linePaths(line, stepSeconds * 1000, xOf, yOf)}
          />
        ))}
        {point === undefined ? null : <path className="usage-cursor" d={`M${xOf(Date.parse(point.at))} 0V${height}`} />}
      </svg>
    </div>
  );
}

/** Each text with a piece of its line, where there is more than one. */
function Values({ texts }: { texts: readonly string[] }): ReactElement {
  if (texts.length === 1) return <>{texts[0]}</>;
  return (
    <>
      {texts.map((text, index) => (
        <span key={text} className="usage-key">
          <svg viewBox="0 0 12 8" width={12} height={8} aria-hidden="true">
            <path className="usage-line" data-line={index} d="M0 4H12" />
          </svg>
          {text}
        </span>
      ))}
    </>
  );
}

function nearest(points: readonly UsagePoint[], atMs: number): number {
  let best = 0;
  points.forEach(({ at }, index) => {
    if (Math.abs(Date.parse(at) - atMs) < Math.abs(Date.parse(points[best]?.at ?? at) - atMs)) best = index;
  });
  return best;
}

function axisText(iso: string, stepSeconds: number): string {
  const time = new Date(iso);
  return stepSeconds < 600
    ? time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
    : time.toLocaleDateString([], { weekday: 'short', day: 'numeric', month: 'short' });
}
