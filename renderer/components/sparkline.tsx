import type { ReactElement } from 'react';
import './sparkline.css';

/**
 * The course of a value, oldest first, each 0 to 1 of the whole height. The number beside it is what is read, so the
 * picture is hidden from assistive technology.
 */
export function Sparkline({
  values,
  series = 'first',
  width = 64,
  height = 16,
}: {
  values: readonly number[];
  series?: 'first' | 'second';
  width?: number;
  height?: number;
}): ReactElement {
  const line = linePath(values, width, height);
  return (
    <svg
      className="sparkline"
      data-series={series}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      aria-hidden="true"
    >
      {line === '' ? null : (
        <>
          <path className="area" d={`${line}L${width} ${height} 0 ${height}Z`} />
          <path className="line" d={line} />
        </>
      )}
    </svg>
  );
}

/** One value is a level line; the stroke stays inside the picture at both ends of the scale. */
function linePath(values: readonly number[], width: number, height: number): string {
  const known = values.length === 1 ? [...values, ...values] : values;
  const step = width / Math.max(1, known.length - 1);
  const points = known.map((value, index) => {
    const level = Math.min(1, Math.max(0, value));
    return `${(index * step).toFixed(1)} ${(height - 0.75 - level * (height - 1.5)).toFixed(1)}`;
  });
  return points.length === 0 ? '' : `M${points.join('L')}`;
}
