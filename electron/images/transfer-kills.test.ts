import { describe, expect, it } from 'vitest';
import { killTransfers } from './testing/kill-transfers.ts';

describe('exports and imports', () => {
  it('leave nothing half-made when they are killed, and imports get to their end afterwards', async () => {
    // `npm run kill-test` does this 200 times.
    const said: string[] = [];
    const killed = await killTransfers({ rounds: 6, seed: 5, say: (line) => said.push(line) });
    expect(said).toHaveLength(6);
    expect(killed, said.join('\n')).toBeGreaterThan(0);
  });
});
