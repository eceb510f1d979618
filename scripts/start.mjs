/**
 * Sets up what is missing, then opens Tatin: in a window where Electron is installed, else as a server for the browser,
 * which prints its address. Arguments are passed on; signals and the exit code pass through.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { electronProgram } from './setup/electron.mjs';
import { modernNode } from './setup/node-modules.mjs';
import { runAttached } from './setup/run.mjs';
import { projectRoot, setUp } from './setup.mjs';

/** @param {readonly string[]} args @returns {string[]} */
function appCommand(args) {
  const electron = electronProgram(projectRoot);
  const wantsBrowser = args.includes('--browser');
  const rest = args.filter((argument) => argument !== '--browser');
  if (electron !== undefined && !wantsBrowser) return [electron, projectRoot, ...rest];
  const node = modernNode(projectRoot);
  const entry = join(projectRoot, 'dist/main/server.js');
  if (node === undefined || !existsSync(entry)) throw new Error('The app is not built. Run npm run setup.');
  // A signal must not open a debugger.
  return [node, '--disable-sigusr1', entry, ...rest];
}

if (!(await setUp())) process.exitCode = 1;
else process.exitCode = await runAttached(appCommand(process.argv.slice(2)));
