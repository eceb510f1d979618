import type { ReactElement } from 'react';
import type { MachineVm } from '../../../electron/contract/machine.ts';
import type { UsageHistory, UsagePoint } from '../../../electron/contract/usage-history.ts';
import { Button } from '../../components/button.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { type Series, seriesText } from './usage-series.ts';

/** The charts' numbers as a table, newest first. */
export function UsageTable({
  vm,
  history,
  series,
  onClose,
}: {
  vm: MachineVm;
  history: UsageHistory;
  series: readonly Series[];
  onClose: () => void;
}): ReactElement {
  const { points, stepSeconds } = history;
  return (
    <Sheet
      title={`Activity of “${vm.name}”`}
      subtitle={`Means of ${stepText(stepSeconds)} each, newest first`}
      onClose={onClose}
      footer={
        <Button look="filled" onClick={onClose}>
          Done
        </Button>
      }
    >
      <table className="usage-table">
        <thead>
          <tr>
            <th scope="col">Time</th>
            {series.map(({ title }) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.toReversed().map((point) => (
            <tr key={point.at}>
              <th scope="row">{momentOf(point, stepSeconds)}</th>
              {series.map((one) => (
                <td key={one.title}>{seriesText(one, point)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Sheet>
  );
}

function stepText(seconds: number): string {
  return seconds < 60 ? `${seconds} seconds` : `${seconds / 60} minutes`;
}

/** When a step begins, as exactly as its length makes sense. */
export function momentOf({ at }: UsagePoint, stepSeconds: number): string {
  const time = new Date(at);
  if (stepSeconds < 60) return time.toLocaleTimeString([], { hourCycle: 'h23' });
  const clock = time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return `${time.toLocaleDateString([], { weekday: 'short' })} ${clock}`;
}
