import { render, screen } from '@testing-library/react';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Job } from '../../../electron/contract/job.ts';
import { job } from '../../testing/fixtures.ts';
import { openLibrary } from '../../testing/open-library.tsx';
import { jobStatus } from '../../../electron/contract/words/jobs.ts';
import { cellsOf, LayerPicture } from './layer-picture.tsx';

describe('The picture of layers', () => {
  it('has a cell for each layer, and says what they are', () => {
    const { container } = render(<LayerPicture layers={{ states: 'ccvfwh', inFlight: { '3': 0.5 } }} />);
    screen.getByRole('img', { name: '6 layers: 2 copied from here, 1 verified, 1 in flight, 1 waiting, 1 holes' });
    const kinds = [...container.querySelectorAll<HTMLElement>('.layers i')].map(({ dataset }) => dataset.kind);
    expect(kinds).toEqual(['copied', 'copied', 'verified', 'flight', 'waiting', 'hole']);
    expect(container.querySelector<HTMLElement>('.layers [data-kind="flight"]')?.style.backgroundSize).toBe('50% 100%');
  });

  it('speaks of a push as of one, and of what is held as begun', () => {
    const { rerender } = render(<LayerPicture isPush layers={{ states: 'cvf', inFlight: {} }} />);
    screen.getByRole('img', { name: '3 layers: 1 there already, 1 sent, 1 in flight' });
    rerender(<LayerPicture isHeld layers={{ states: 'cvf', inFlight: {} }} />);
    screen.getByRole('img', { name: '3 layers: 1 copied from here, 1 verified, 1 begun' });
  });

  it('bundles many layers into at most 96 cells, none done before all of it is', () => {
    const layers = fc.array(fc.constantFrom('w', 'f', 'v', 'c', 'h'), { minLength: 1, maxLength: 2000 });
    fc.assert(
      fc.property(layers, (letters) => {
        const cells = cellsOf({ states: letters.join(''), inFlight: {} });
        const isDone = letters.every((letter) => !'wf'.includes(letter));
        const looksDone = cells.every(({ kind }) => kind !== 'waiting' && kind !== 'flight');
        return cells.length <= 96 && isDone === looksDone;
      }),
    );
  });
});

describe('A pull in the list of jobs', () => {
  it('is paused and goes on', async () => {
    const pulling = job('p', {
      kind: 'pull',
      title: 'Pulling ubuntu',
      canPause: true,
      layers: { states: 'vvww', inFlight: {} },
    });
    const { client, user } = await openLibrary({ jobs: [pulling] });
    await user.click(screen.getByRole('button', { name: /^Jobs/ }));
    screen.getByRole('img', { name: /^4 layers/ });
    await user.click(screen.getByRole('button', { name: 'Pause Pulling ubuntu' }));
    expect(client.inputsOf('jobs.pause')).toEqual([{ jobId: 'p' }]);
    await user.click(await screen.findByRole('button', { name: 'Resume' }));
    expect(client.inputsOf('jobs.resume')).toEqual([{ jobId: 'p' }]);
  });

  it('says of a pause that nothing is lost', () => {
    const ends = (kind: Job['kind']): string => jobStatus(job('p', { kind, state: 'paused' }));
    expect(ends('pull')).toBe('Paused at 420 MB of 1 GB. What was fetched is kept.');
    expect(ends('push')).toBe('Paused at 420 MB of 1 GB. What was sent is kept.');
    expect(ends('import')).toBe('Paused at 420 MB of 1 GB. What was done is kept.');
  });
});
