/**
 * The main job of Tatin in a terminal, with nothing but `bin/tatin`: makes a VM from the demo guest in a home of its own,
 * starts it, waits until it is up, runs a command in it, keeps a picture of its screen as demo.png, and shuts it down.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot, setUp } from './setup.mjs';

const tatin = join(projectRoot, 'bin/tatin');
const picture = join(projectRoot, 'demo.png');
const name = 'demo';

/** A short path: the address of a Unix socket has 104 bytes at most. */
const folder = mkdtempSync(join(tmpdir(), 'tatin-demo-'));
const env = {
  ...process.env,
  TART_HOME: join(folder, 'home'),
  TATIN_STATE: join(folder, 'state'),
  TATIN_RUNTIME: join(folder, 'run'),
};

const stop = new AbortController();
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.once(signal, () => stop.abort());

/**
 * Runs one command of Tatin, shows it, and gives what it printed.
 * @param {string[]} args
 * @param {AbortSignal} [signal]
 * @returns {Promise<string>}
 */
async function run(args, signal = stop.signal) {
  console.log(`\n$ tatin ${args.join(' ')}`);
  const child = spawn(tatin, args, { env, stdio: ['ignore', 'pipe', 'inherit'], signal });
  let output = '';
  child.stdout.on('data', (/** @type {Buffer} */ data) => {
    output += data.toString();
    process.stdout.write(data);
  });
  const [code, killedBy] = await once(child, 'close');
  if (code !== 0) throw new Error(`tatin ${args[0]} ended with ${killedBy ?? `exit code ${code}`}`);
  return output;
}

/** @param {number} since */
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

async function demo() {
  await run(['create', name, '--demo']);
  await run(['list']);
  const startedAt = Date.now();
  await run(['run', '--detach', name]);
  await run(['serial', name, '--until', 'demo: up']);
  const upAfter = seconds(startedAt);
  const system = (await run(['exec', name, 'uname', '-srm'])).trim();
  await run(['screenshot', name, picture]);
  const stoppingAt = Date.now();
  await run(['stop', name]);
  const downAfter = seconds(stoppingAt);
  const list = await run(['list', '--format', 'json']);
  const row = JSON.parse(list).find((/** @type {{ Name: string }} */ vm) => vm.Name === name);
  if (row?.State !== 'stopped') throw new Error(`The VM should be stopped now, but is ${row?.State ?? 'gone'}.`);
  console.log(`
Done:
  made a VM named "${name}" from Demo Linux
  started it; it said that it is up after ${upAfter}
  ran a command in it: ${system}
  kept a picture of its screen: ${picture} (${statSync(picture).size} bytes)
  shut it down politely in ${downAfter}
`);
}

/** Ends what a demo that failed half-way may have left running. */
async function endGuest() {
  const ofItsOwn = AbortSignal.timeout(60_000);
  const list = JSON.parse(await run(['list', '--format', 'json'], ofItsOwn));
  if (list.some((/** @type {{ State: string }} */ vm) => vm.State !== 'stopped'))
    await run(['stop', '--timeout', '5', name], ofItsOwn);
}

try {
  if (await setUp()) await demo();
  else process.exitCode = 1;
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
  await endGuest();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
