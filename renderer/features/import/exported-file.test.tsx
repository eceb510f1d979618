import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { job, then } from '../../testing/fixtures.ts';
import { fakeShell } from '../../testing/fake-shell.ts';
import { openLibrary } from '../../testing/open-library.tsx';

const exporting = { kind: 'export', title: 'Exporting web' } as const;
const done = job('e', { ...exporting, state: 'succeeded', endedAt: then, file: '/out/web.tvm' });

describe('A finished export in the list of jobs', () => {
  it('is fetched by a browser', async () => {
    const { user } = await openLibrary({ jobs: [done] });
    await user.click(screen.getByRole('button', { name: /^Jobs/ }));
    const link = screen.getByRole<HTMLAnchorElement>('link', { name: 'Download web.tvm' });
    expect([link.getAttribute('href'), link.download]).toEqual(['exports/e', 'web.tvm']);
  });

  it('is dragged out of the window of the app, or shown in its folder', async () => {
    const [dragged, revealed]: [string[], string[]] = [[], []];
    const shell = fakeShell({
      kind: 'desktop',
      platform: 'darwin',
      dragExport: (jobId) => void dragged.push(jobId),
      reveal: (path) => void revealed.push(path),
    });
    const { user } = await openLibrary({ jobs: [done], shell });
    await user.click(screen.getByRole('button', { name: /^Jobs/ }));
    expect(fireEvent.dragStart(screen.getByTitle(/^Drag web.tvm/))).toBe(false);
    await user.click(screen.getByRole('button', { name: 'Show in Finder' }));
    expect([dragged, revealed]).toEqual([['e'], ['/out/web.tvm']]);
  });

  it('is not offered while it runs, nor where it failed', async () => {
    const { user } = await openLibrary({ jobs: [job('r', exporting), job('f', { ...exporting, state: 'failed' })] });
    await user.click(screen.getByRole('button', { name: /^Jobs/ }));
    expect(screen.queryByRole('link')).toBeNull();
  });
});
