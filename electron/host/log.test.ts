import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import { Log } from './log.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => (folder = temporaryFolder()));
afterEach(() => folder[Symbol.dispose]());

const lines = (log: Log): string[] => readFileSync(log.file, 'utf8').trimEnd().split('\n');

describe('Log', () => {
  it('writes one entry a line, with time, level and process', () => {
    const log = new Log(path.join(folder.path, 'not/yet/there'));
    log.info('Serving.');
    log.warn('Odd.');
    expect(lines(log)).toHaveLength(2);
    expect(lines(log)[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z info \[\d+\] Serving\.$/);
    expect(lines(log)[1]).toContain(` warning [${process.pid}] Odd.`);
  });

  it('tells errors with what caused them, and no line of them looks like an entry', () => {
    const log = new Log(folder.path);
    log.error('It broke', new Error('outer', { cause: new Error('inner') }));
    const [first, ...rest] = lines(log);
    expect(first).toContain('It broke: Error: outer');
    expect(rest.join('\n')).toContain('because of Error: inner');
    for (const line of rest) expect(line).toMatch(/^ {4}/);
  });

  it('keeps no secret that an error quotes', () => {
    const log = new Log(folder.path);
    const secret = fc.stringMatching(/^[A-Za-z0-9_-]{8,60}$/);
    fc.assert(
      fc.property(secret, (value) => {
        log.info(`GET /?token=${value} failed`);
        log.info(`cookie: tatin-session-8080=${value}; x=1`);
        log.info(`Authorization: Bearer ${value}`);
        log.info(JSON.stringify({ password: value }));
        return !readFileSync(log.file, 'utf8').includes(value);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps two files of bounded size and nothing more', () => {
    const log = new Log(folder.path);
    const long = 'x'.repeat(300_000);
    for (let entry = 0; entry < 12; entry++) log.info(long);
    expect(statSync(log.file).size).toBeLessThanOrEqual(1024 * 1024);
    expect(statSync(`${log.file}.1`).size).toBeLessThanOrEqual(1024 * 1024);
    expect(existsSync(`${log.file}.2`)).toBe(false);
  });

  it('does not fail where nothing can be written', () => {
    const log = new Log('/dev/null/nowhere');
    expect(() => log.error('Lost.')).not.toThrow();
  });
});
