import { describe, expect, it } from 'vitest';
import { killRounds } from './testing/kill-rounds.ts';

describe('pulls, pushes, clones and prunes', () => {
  it('leave nothing half-made when they are killed, and get to their end afterwards', async () => {
    // `npm run kill-test` does this 200 times.
    const said: string[] = [];
    await killRounds({ rounds: 4, seed: 7, layers: 2, say: (line) => said.push(line) });
    expect(said).toHaveLength(4);
  });
});
