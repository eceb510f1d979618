import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { probeLoopback } from './loopback-probe.ts';
import { findProgram } from '../../host/programs.ts';

const passt = (await findProgram('passt')) ?? '';

describe.skipIf(passt === '')('Packets of a guest to this computer’s loopback', () => {
  const signal = () => AbortSignal.timeout(60_000);

  it('arrive nowhere through the filter', async () => {
    expect(await probeLoopback(passt, 'guarded', signal())).toEqual({ ran: true, addressCount: 9, reached: [] });
  });

  it('would arrive without it, where passt is of the kind that lets them through', async (context) => {
    const probe = await probeLoopback(passt, 'bare', signal());
    const reached = probe.ran ? probe.reached : undefined;
    if (reached?.length === 0) context.skip('this passt holds them back itself');
    expect(reached).toEqual(expect.arrayContaining(['127.0.0.1', '0.0.0.0']));
  });

  it('are not tried with a passt that does not start, or does not answer', async () => {
    using folder = temporaryFolder();
    const [ends, waits] = [path.join(folder.path, 'ends'), path.join(folder.path, 'waits')];
    writeFileSync(ends, '#!/bin/sh\necho "No way out" >&2\nexit 1\n', { mode: 0o755 });
    writeFileSync(waits, '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 });
    for (const way of ['guarded', 'bare'] as const)
      expect(await probeLoopback(ends, way, signal())).toEqual({ ran: false, said: 'No way out' });
    await expect(probeLoopback(waits, 'guarded', AbortSignal.timeout(1500))).rejects.toThrow('timeout');
  });

  it('leave nothing behind', async () => {
    using folder = temporaryFolder();
    vi.stubEnv('TMPDIR', folder.path);
    await probeLoopback(passt, 'guarded', signal());
    expect(readdirSync(folder.path)).toEqual([]);
    vi.unstubAllEnvs();
  });
});
