/** Compiles and analyzes one file of the addon, and says what was found. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { strictFlags } from './toolchain.mjs';

/** @typedef {import('./toolchain.mjs').Toolchain} Toolchain */
/** @typedef {import('./toolchain.mjs').Architecture} Architecture */

/**
 * @param {Toolchain} toolchain
 * @param {string[]} args
 * @param {string} cwd
 * @returns {Promise<{ ok: boolean, said: string }>}
 */
function compiler({ command: [program = '', ...always], env }, args, cwd) {
  return new Promise((resolve) => {
    execFile(program, [...always, ...args], { cwd, env, maxBuffer: 64 * 1024 ** 2 }, (error, stdout, stderr) => {
      const said = `${stdout}${stderr}`.trim();
      resolve({ ok: error === null, said: said === '' && error !== null ? error.message : said });
    });
  });
}

/**
 * Compiles with every warning an error.
 * @param {Toolchain} toolchain
 * @param {Architecture} architecture
 * @param {string} file absolute
 * @param {string} outputFolder
 * @param {string[]} [more] flags
 * @returns {Promise<{ object: string, problem: string | undefined }>}
 */
export async function compile(toolchain, architecture, file, outputFolder, more = []) {
  mkdirSync(outputFolder, { recursive: true });
  const object = join(outputFolder, `${basename(file)}.${architecture}.o`);
  const flags = [...toolchain.target(architecture), ...strictFlags, ...toolchain.includes, ...more];
  const { ok, said } = await compiler(toolchain, [...flags, '-c', file, '-o', object], join(file, '..'));
  return { object, problem: ok && said === '' ? undefined : said || 'The compiler gave no reason.' };
}

/**
 * Runs clang's static analyzer.
 * @param {Toolchain} toolchain
 * @param {string} file absolute
 * @param {string} outputFolder
 * @param {string[]} [more] flags
 * @returns {Promise<string | undefined>} what it found
 */
export async function analyze(toolchain, file, outputFolder, more = []) {
  const flags = [...toolchain.target('arm64'), ...strictFlags, ...toolchain.includes, ...more];
  const report = ['--analyze', '-Xclang', '-analyzer-output=text', '-o', join(outputFolder, 'analysis')];
  const { ok, said } = await compiler(toolchain, [...flags, ...report, '-c', file], join(file, '..'));
  // zig looks for the object that an analysis does not make, and says so last.
  const found = said.replace(/^.*:1:1: error: FileNotFound$/m, '').trim();
  if (found !== '') return found;
  return ok || said !== '' ? undefined : 'The analyzer gave no reason.';
}

/**
 * A precompiled header of what most files begin with, which makes the rest of the check some four times as fast.
 * @param {Toolchain} toolchain
 * @param {Architecture} architecture
 * @param {string} header absolute
 * @param {string} outputFolder
 * @returns {Promise<string[]>} the flags that use it
 */
export async function precompile(toolchain, architecture, header, outputFolder) {
  mkdirSync(outputFolder, { recursive: true });
  const output = join(outputFolder, `prefix.${architecture}.pch`);
  const flags = [...toolchain.target(architecture), ...strictFlags, ...toolchain.includes];
  // zig keeps what it made by content, and clang would refuse it once a header is newer by date alone.
  const timeless = ['-Xclang', '-fno-pch-timestamp'];
  const args = [...flags, ...timeless, '-x', 'objective-c++-header', header, '-o', output];
  const { ok, said } = await compiler(toolchain, args, outputFolder);
  if (!ok) throw new Error(`The header could not be precompiled: ${said}`);
  return ['-Xclang', '-include-pch', '-Xclang', output];
}
