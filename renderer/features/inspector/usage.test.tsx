import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { machine, running } from '../../testing/fixtures.ts';
import { usedFor } from '../../testing/fake-supervision.ts';
import { openLibrary } from '../../testing/open-library.tsx';
import { linePaths, axisMaximum } from './usage-series.ts';

async function openCharts(count: number): Promise<Awaited<ReturnType<typeof openLibrary>>> {
  const opened = await openLibrary({ vms: [machine('web', { state: running })], usage: usedFor(count) });
  await opened.user.click(screen.getByRole('option', { name: /^web/ }));
  await screen.findByRole('region', { name: 'Activity' });
  return opened;
}

const said = (): string | null =>
  screen.getByRole('slider', { name: 'Moment in the charts' }).getAttribute('aria-valuetext');

describe('The use of a machine over time', () => {
  it('is drawn, with the last values, and those of a moment by keyboard and pointer', async () => {
    const { user } = await openCharts(3);
    const slider = await screen.findByRole('slider', { name: 'Moment in the charts' });
    expect(said()).toMatch(
      /^Last, .*: CPU 52 %, peak 90 %, Memory 1 of 2 GB, Disk 2 MB\/s read, 0 bytes\/s written, Network not known$/,
    );
    expect(slider.querySelectorAll('.usage-chart > svg > .usage-line')).toHaveLength(7);
    slider.focus();
    await user.keyboard('{ArrowLeft}{ArrowLeft}');
    expect(said()).toMatch(/^[^L].*CPU 51 %/);
    await user.keyboard('{Home}');
    expect(said()).toMatch(/CPU 50 %/);
    expect(slider.getAttribute('aria-valuenow')).toBe('0');
    await user.keyboard('{ArrowLeft}');
    expect(slider.getAttribute('aria-valuenow')).toBe('0');
    await user.keyboard('{End}{Escape}');
    expect(said()).toMatch(/^Last/);
    slider.getBoundingClientRect = () => new DOMRect(0, 0, 360, 200);
    // The pointer events of this browser's stand-in know no place.
    fireEvent(slider, new MouseEvent('pointermove', { bubbles: true, clientX: 358 }));
    expect(said()).toMatch(/^[^L].*CPU 51 %/);
    fireEvent.pointerLeave(slider);
    expect(said()).toMatch(/^Last/);
  });

  it('is asked for over another range, and shown as a table', async () => {
    const { client, user } = await openCharts(2);
    await user.selectOptions(await screen.findByRole('combobox', { name: 'Range of time' }), 'Last week');
    await waitFor(() => expect(client.inputsOf('usage.history').map(({ range }) => range)).toEqual(['hour', 'week']));
    await user.click(await screen.findByRole('button', { name: 'Show as Table…' }));
    const rows = within(await screen.findByRole('table')).getAllByRole('row');
    expect(rows.slice(1).map((row) => within(row).getAllByRole('cell')[0]?.textContent)).toEqual([
      '51 %, peak 90 %',
      '50 %, peak 90 %',
    ]);
  });

  it('is said to be none where nothing was written down', async () => {
    await openCharts(0);
    await screen.findByText(/^Nothing in the last hour/);
    expect(screen.queryByRole('slider', { name: 'Moment in the charts' })).toBeNull();
  });
});

describe('A chart', () => {
  it('has a gap where the machine did not run, and shows a point that stands alone', () => {
    const points = [0, 10, 20, 50, 80, 90].map((atMs) => ({ atMs, value: atMs === 90 ? undefined : 1 }));
    expect(
      linePaths(
        points,
        10,
        (x) => x,
        (y) => y,
      ),
    ).toBe('M0.0 1.0L10.0 1.0L20.0 1.0M50.0 1.0h1M80.0 1.0h1');
    expect(linePaths([], 10, Number, Number)).toBe('');
  });

  it('has a scale with a round top, also for nothing', () => {
    expect([0, 0.3, 1, 1.1, 4200, 70_000].map(axisMaximum)).toEqual([1, 0.5, 1, 2, 5000, 100_000]);
  });
});
