import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandFailed, findProgram, runAttached, runLogged } from './run.mjs';

/** @type {string} */
let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tatin-run-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('runLogged', () => {
  it('keeps all output, of several programs, in one file', async () => {
    const logFile = join(folder, 'deep/log');
    await runLogged(['sh', '-c', 'echo one; echo two >&2'], { logFile });
    await runLogged(['sh', '-c', 'pwd'], { logFile, cwd: folder });
    const log = readFileSync(logFile, 'utf8');
    for (const text of ['$ sh -c echo one', 'one\n', 'two\n', `${folder}\n`]) expect(log).toContain(text);
  });

  it('fails with what happened and where to read on', async () => {
    const logFile = join(folder, 'log');
    await expect(runLogged(['sh', '-c', 'exit 7'], { logFile })).rejects.toMatchObject({
      message: 'sh ended with 7',
      logFile,
    });
    await expect(runLogged(['no-such-program'], { logFile })).rejects.toBeInstanceOf(CommandFailed);
  });
});

describe('runAttached', () => {
  it('gives the exit code, and that of a shell for a signal', async () => {
    expect(await runAttached(['sh', '-c', 'exit 3'])).toBe(3);
    expect(await runAttached(['sh', '-c', 'kill -TERM $$'])).toBe(143);
  });

  it('passes a signal on to the program, whose end decides', async () => {
    const outer = join(folder, 'outer.mjs');
    const run = pathToFileURL(join(import.meta.dirname, 'run.mjs')).href;
    const inner = `process.on('SIGTERM', () => process.exit(42)); setInterval(() => {}, 1000); console.log('ready')`;
    writeFileSync(
      outer,
      `import { runAttached } from ${JSON.stringify(run)};
       process.exitCode = await runAttached([process.execPath, '-e', ${JSON.stringify(inner)}]);`,
    );
    const child = spawn(process.execPath, [outer], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    expect(await closed).toEqual([42, null]);
  });
});

describe('findProgram', () => {
  it('searches the path in order', () => {
    writeFileSync(join(folder, 'tool'), '');
    expect(findProgram('tool', `/nowhere:${folder}`)).toBe(join(folder, 'tool'));
    expect(findProgram('tool', '/nowhere:')).toBeUndefined();
  });
});
