import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { barLine, percentOf, withProgress } from './progress.ts';
import { Terminal } from './terminal.ts';

describe('barLine', () => {
  it('tells step, share and bytes, as far as they are known', () => {
    expect(barLine('Making a', {})).toBe('Making a');
    expect(barLine('Making a', { step: 'Fetching' })).toBe('Fetching');
    expect(barLine('Making a', { step: 'Copying', bytesDone: 1e9, bytesTotal: 3e9 })).toBe(
      'Copying  ████████░░░░░░░░░░░░░░░░  33 %  1 GB of 3 GB',
    );
    expect(barLine('Making a', { fraction: 0.5 })).toBe('Making a  ████████████░░░░░░░░░░░░  50 %');
  });

  it('says how fast it goes and how long it takes, once that is known', () => {
    const progress = { step: 'Fetching', bytesDone: 1e9, bytesTotal: 2e9 };
    expect(barLine('Pulling', progress, { bytesPerSecond: 12.3e6, secondsLeft: 81.3 })).toBe(
      'Fetching  ████████████░░░░░░░░░░░░  50 %  1 GB of 2 GB  12 MB/s  1 minute left',
    );
    expect(barLine('Pulling', progress, { bytesPerSecond: 0, secondsLeft: 0.4 })).toBe(barLine('Pulling', progress));
  });
});

describe('percentOf', () => {
  it('says 100 only of what is whole', () => {
    expect(percentOf({ bytesDone: 999_999, bytesTotal: 1_000_000 })).toBe(99);
    expect(percentOf({ bytesDone: 0, bytesTotal: 0 })).toBeUndefined();
    expect(percentOf({ fraction: 1 })).toBe(100);
  });
});

describe('withProgress', () => {
  function terminalWith(stderr: PassThrough): Terminal {
    const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr };
    return new Terminal(streams as unknown as ConstructorParameters<typeof Terminal>[0]);
  }

  it('rewrites one line for a person, and leaves none behind', async () => {
    const { CI } = process.env;
    delete process.env.CI;
    try {
      const stderr = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY: true, columns: 30 });
      using terminal = terminalWith(stderr);
      const done = await withProgress(terminal, 'Making a', (work) => {
        work.progress({ step: 'Copying the disk of a', bytesDone: 1e9, bytesTotal: 2e9 });
        return Promise.resolve('done');
      });
      expect(done).toBe('done');
      expect(stderr.read()).toBe('\r\u001b[KCopying the disk of a  ██████\r\u001b[K');
    } finally {
      if (CI !== undefined) process.env.CI = CI;
    }
  });

  it('writes nothing that moves the cursor where nobody watches', async () => {
    const stderr = new PassThrough({ encoding: 'utf8' });
    using terminal = terminalWith(stderr);
    await withProgress(terminal, 'Making a', (work) => {
      for (let done = 0; done <= 100; done++) work.progress({ bytesDone: done, bytesTotal: 100 });
      return Promise.resolve();
    });
    // All within a second: no time for a line.
    expect(stderr.read()).toBeNull();
  });
});
