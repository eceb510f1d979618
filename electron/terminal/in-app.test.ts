import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appProgram, belongsInApp, continueInApp, takeArguments } from './in-app.ts';
import type { EndingSignal } from './terminal.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tatin-in-app-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program in the app's place, which notes what it was given and then does as `script` says. */
function program(script: string) {
  const file = path.join(folder, 'app.mjs');
  writeFileSync(
    file,
    `import { writeFileSync } from 'node:fs';
     const note = (name, text) => writeFileSync(${JSON.stringify(folder)} + '/' + name, text);
     note('words', process.env.TATIN_COMMAND_LINE + ' ' + (process.env.ELECTRON_RUN_AS_NODE ?? 'as an app'));
     ${script}`,
  );
  return { file: process.execPath, args: [file] };
}
const noted = (name: string) => readFileSync(path.join(folder, name), 'utf8');

/** A terminal at which somebody presses keys when the test says so. */
function terminal() {
  let listener: ((signal: EndingSignal) => void) | undefined;
  return {
    listenForEnd: (given: (signal: EndingSignal) => void) => {
      listener = given;
      return { [Symbol.dispose]: () => (listener = undefined) };
    },
    press: (signal: EndingSignal) => listener?.(signal),
  };
}

describe('A command line that belongs in the app', () => {
  it('is handed on whole, and ends as it ends there', async () => {
    await continueInApp(['run', 'a b', '--no-graphics'], terminal(), { program: program('') });
    expect(noted('words')).toBe('["run","a b","--no-graphics"] as an app');
    await expect(continueInApp(['run'], terminal(), { program: program('process.exit(2)') })).rejects.toMatchObject({
      exitCode: 2,
    });
  });

  it('gets the signals that its terminal gets', async () => {
    const at = terminal();
    const running = continueInApp(['run'], at, {
      program: program(`process.on('SIGINT', () => process.exit(7)); note('up', ''); setInterval(() => {}, 1000);`),
    });
    const ended = expect(running).rejects.toMatchObject({ exitCode: 7 });
    await expect.poll(() => noted('up'), { timeout: 60_000 }).toBe('');
    at.press('SIGINT');
    await ended;
  });

  it('goes on when its terminal is closed', async () => {
    const at = terminal();
    const running = continueInApp(['run'], at, {
      program: program(`process.on('SIGHUP', () => note('hung up', ''));
        process.on('SIGTERM', () => process.exit());
        note('pid', String(process.pid)); setInterval(() => {}, 1000);`),
    });
    await expect.poll(() => noted('pid'), { timeout: 60_000 }).toMatch(/\d/);
    at.press('SIGHUP');
    await running;
    const pid = Number(noted('pid'));
    expect(process.kill(pid, 0)).toBe(true);
    expect(() => noted('hung up')).toThrow();
    process.kill(pid, 'SIGTERM');
  });

  it('is left in the background when it says that it is ready, or is told of when it fails before', async () => {
    await continueInApp(['run', '-d'], terminal(), {
      detach: true,
      program: program(`process.stdout.on('error', () => {}); console.log('ready');
        note('pid', String(process.pid));
        process.on('SIGTERM', () => process.exit()); setInterval(() => {}, 1000);`),
    });
    await expect.poll(() => noted('pid'), { timeout: 60_000 }).toMatch(/\d/);
    process.kill(Number(noted('pid')), 'SIGTERM');
    const failing = continueInApp(['run', '-d'], terminal(), { detach: true, program: program('process.exit(1)') });
    await expect(failing).rejects.toMatchObject({ exitCode: 1 });
  });

  it('says so when the app can’t be started', async () => {
    const missing = { file: path.join(folder, 'nowhere'), args: [] };
    await expect(continueInApp(['run'], terminal(), { program: missing })).rejects.toMatchObject({ code: 'ENOENT' });
    expect(() => appProgram(folder)).toThrow(expect.objectContaining({ code: 'no-hypervisor' }));
  });

  it('is that of an installed app where one runs this, and on a Mac alone', () => {
    expect(appProgram(folder, { ...process.versions, electron: '45.0.0' })).toEqual({
      file: process.execPath,
      args: [],
    });
    expect(belongsInApp({ platform: 'darwin', isMainProcess: false })).toBe(true);
    expect(belongsInApp({ platform: 'darwin', isMainProcess: true })).toBe(false);
    expect(belongsInApp({ platform: 'linux', isMainProcess: false })).toBe(false);
  });
});

describe('takeWords', () => {
  it('takes them out of the environment', () => {
    const environment = { TATIN_COMMAND_LINE: '["run","web"]' };
    expect(takeArguments(environment)).toEqual(['run', 'web']);
    expect(takeArguments(environment)).toBeUndefined();
    expect(environment).toEqual({});
  });
});
