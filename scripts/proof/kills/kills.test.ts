import { describe, expect, it } from 'vitest';
import { killRounds } from './kill-rounds.ts';

describe('commands that are killed', () => {
  it('leave nothing half-made, and get to their end when they are asked again', async () => {
    // `npm run proof:kills` does this a thousand times, with all verbs.
    const verbs = ['push', 'pull', 'import tvm', 'export tvm'];
    const { killed, findings } = await killRounds({ count: 4, seed: 7, withRegistry: true, verbs });
    expect(findings).toEqual([]);
    expect(killed).toBe(4);
  });
});
