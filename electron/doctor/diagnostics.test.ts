import { writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Host } from '../contract/host.ts';
import { Log } from '../host/log.ts';
import { layDownVm, makeVm, temporaryFolder, temporaryLibrary } from '../library/testing/temporary-home.ts';
import { diagnosticsText } from './diagnostics.ts';

const host: Host = {
  ...{ platform: 'linux', arch: 'amd64', noun: 'This computer', processor: 'Test 3000', cpuCount: 2, version: '1.2.3' },
  ...{ memoryBytes: 8, memoryAvailableBytes: 4, places: [] },
  home: { path: path.join(homedir(), '.tart'), freeBytes: 1, totalBytes: 2 },
  guests: [],
  demoGuest: { available: true, bytes: 1 },
};

describe('Diagnostics', () => {
  it('tell what a developer needs, and nothing that is private', async () => {
    using here = await temporaryLibrary();
    using state = temporaryFolder();
    await makeVm(here.library, 'client-acme', { annotations: { notes: 'the door code is 4711', tags: ['payroll'] } });
    layDownVm(here.library, 'broken-one', '{');
    const log = new Log(state.path);
    log.error('Starting client-acme failed', new Error('authorization: Bearer abcdef123 was refused'));
    const text = await diagnosticsText({
      diagnosis: {
        at: '2026-01-01T00:00:00.000Z',
        checks: [
          {
            id: 'x',
            title: 'Free space',
            state: 'failed',
            summary: 'Full.',
            lookedAt: 'Looked.',
            details: 'a\nb',
            fixes: [],
          },
        ],
      },
      host,
      entries: await here.library.list(),
      logFile: log.file,
    });
    expect(text).toContain('version 1.2.3');
    expect(text).toContain('[failed] Free space: Full.\n    Looked.\n    a\n    b');
    expect(text).toContain('machine-2: {"os":"linux"');
    expect(text).toMatch(/machine-1: can't be read: /);
    expect(text).toContain('Starting machine-2 failed');
    for (const secret of ['client-acme', 'broken-one', '4711', 'payroll', 'abcdef123', homedir() + '/'])
      expect(text).not.toContain(secret);
  });

  it('are complete without a log, and short with a long one', async () => {
    using here = await temporaryLibrary();
    using state = temporaryFolder();
    const evidence = { diagnosis: { at: 'now', checks: [] }, host, entries: await here.library.list() };
    const logFile = path.join(state.path, 'tatin.log');
    expect(await diagnosticsText({ ...evidence, logFile })).toContain('(there is no log)');
    writeFileSync(logFile, Array.from({ length: 5000 }, (_, index) => `entry ${index}`).join('\n'));
    const text = await diagnosticsText({ ...evidence, logFile });
    expect(text).toContain('entry 4999');
    expect(text).not.toContain('entry 4000\n');
  });
});
