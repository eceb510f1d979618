import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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
      'Fetching  ████████████░░░░░░░░░░░░  50 %  1 GB of 2 GB  12 MB/s  1 min left',
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
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubEnv('CI', undefined);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });

  const watched = () => Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY: true, columns: 40 });
  function terminalWith(stderr: PassThrough): Terminal {
    const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr };
    return new Terminal(streams as unknown as ConstructorParameters<typeof Terminal>[0]);
  }

  it('rewrites one line for a person, and leaves none behind', async () => {
    const stderr = watched();
    using terminal = terminalWith(stderr);
    const done = await withProgress(terminal, 'Making a', (work) => {
      work.progress({ step: 'Copying the disk of a', bytesDone: 1e9, bytesTotal: 2e9 });
      return Promise.resolve('done');
    });
    expect(done).toBe('done');
    expect(stderr.read()).toBe('\r\u001b[KCopying the disk of a  ████████████░░░░\r\u001b[K');
  });

  it('shows what is waited for, however soon that follows and however long it lasts', async () => {
    const stderr = watched();
    using terminal = terminalWith(stderr);
    await withProgress(terminal, 'Pulling a', (work) => {
      work.progress({ step: 'Reading' });
      work.progress({ step: 'Checking' });
      work.progress({ step: 'Waiting for another pull' });
      vi.advanceTimersByTime(60_000);
      return Promise.resolve();
    });
    expect(stderr.read()).toBe('\r\u001b[KReading\r\u001b[KWaiting for another pull\r\u001b[K');
    vi.advanceTimersByTime(60_000);
    expect(stderr.read()).toBeNull();
  });

  it('writes lines of their own where nobody watches, at most one a second and each once', async () => {
    const stderr = new PassThrough({ encoding: 'utf8' });
    using terminal = terminalWith(stderr);
    await withProgress(terminal, 'Making a', (work) => {
      for (let bytesDone = 0; bytesDone <= 50; bytesDone++) work.progress({ bytesDone, bytesTotal: 100 });
      vi.advanceTimersByTime(999);
      expect(stderr.read()).toBeNull();
      vi.advanceTimersByTime(60_000);
      work.progress({ bytesDone: 50, bytesTotal: 100 });
      vi.advanceTimersByTime(60_000);
      work.progress({ bytesDone: 100, bytesTotal: 100 });
      return Promise.resolve();
    });
    expect(stderr.read()).toBe('Making a 50%\nMaking a 100%\n');
  });

  it('writes nothing of work that ends within a second where nobody watches', async () => {
    const stderr = new PassThrough({ encoding: 'utf8' });
    using terminal = terminalWith(stderr);
    await withProgress(terminal, 'Making a', (work) => {
      for (let done = 0; done <= 100; done++) work.progress({ bytesDone: done, bytesTotal: 100 });
      return Promise.resolve();
    });
    vi.advanceTimersByTime(60_000);
    expect(stderr.read()).toBeNull();
  });
});
