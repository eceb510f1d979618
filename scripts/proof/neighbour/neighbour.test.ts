import { describe, expect, it } from 'vitest';
import { tryNeighbour } from './neighbour-run.ts';

describe.runIf(process.getuid?.() === 0)('another user of the computer', () => {
  it('reads nothing of a machine, whatever the umask of its owner lets through', async () => {
    // `npm run proof:neighbour` tries other masks, and a machine that runs.
    const { tried, findings } = await tryNeighbour({ umask: '000', withGuest: false });
    expect(findings).toEqual([]);
    expect(tried).toBeGreaterThan(10);
  });
});
