/**
 * Makes a fresh checkout ready: system packages, Node packages, Electron where it can be had, the native part, the app,
 * the demo guest. Does only what is missing, so that a second run costs next to nothing. Runs on Node 20 or newer, before
 * anything is installed, so it may use nothing but Node's own modules.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Report } from './setup/report.mjs';
import { CommandFailed, runLogged } from './setup/run.mjs';
import { NeedsPerson, setupSteps } from './setup/steps.mjs';

export const projectRoot = join(import.meta.dirname ?? fileURLToPath(new URL('.', import.meta.url)), '..');

/**
 * Does what is missing. Says nothing if nothing is.
 * @param {{ tests?: boolean, root?: string, out?: { isTTY?: boolean | undefined, write: (text: string) => unknown } }} [options]
 * @returns {Promise<boolean>} whether all went well; if not, it has been said
 */
export async function setUp({ tests = false, root = projectRoot, out = process.stderr } = {}) {
  const logFile = join(root, '.cache/setup.log');
  const steps = setupSteps({ root, tests, logFile, run: runLogged });
  if (!steps.some((step) => step.needed())) return true;
  mkdirSync(join(root, '.cache'), { recursive: true });
  writeFileSync(logFile, '');
  const report = new Report(out, steps.length);
  report.say('Setting up Tatin. This happens once.');
  try {
    for (const step of steps) {
      // Asked again: an earlier step may have brought or undone it.
      if (step.needed()) await report.step(step.title, () => step.run());
      else report.skip(step.title);
    }
    report.say(`Set up in ${report.elapsed()}.`);
    return true;
  } catch (error) {
    if (error instanceof NeedsPerson) report.say(error.message);
    else if (error instanceof CommandFailed) report.say(`${error.message}. All it said is in ${error.logFile}`);
    else throw error;
    return false;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const tests = process.argv.includes('--tests');
  if (!(await setUp({ tests }))) process.exitCode = 1;
  else console.log('Tatin is set up. npm start opens it.');
}
