/**
 * Builds what is out of date: the native addon, `dist/main` (Node and Electron's main process) and `dist/renderer`
 * (the pages). `--force` builds all of it. Needs an installed node_modules; `npm run setup` makes that.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fingerprint, readStamp, writeStamp } from './build/fingerprint.mjs';
import { nativeBuilds } from './build/native.mjs';

const shared = ['package.json', 'package-lock.json', 'tsconfig.json', 'scripts/build', 'scripts/build.mjs'];

/** What each part of `dist` is made from. */
const parts = /** @type {const} */ ({
  main: { inputs: ['electron', ...shared], title: 'dist/main' },
  renderer: { inputs: ['renderer', 'electron/contract', ...shared], title: 'dist/renderer' },
});

/**
 * @param {string} root
 * @param {keyof typeof parts} part
 */
function partState(root, part) {
  const stamp = join(root, 'dist', `.${part}-made-from`);
  const wanted = fingerprint(root, parts[part].inputs);
  return { stamp, wanted, current: readStamp(stamp) === wanted && existsSync(join(root, 'dist', part)) };
}

/**
 * The titles of what {@link buildAll} would build. Reads sources only, so it costs milliseconds.
 * @param {string} root
 * @returns {string[]}
 */
export function outOfDate(root) {
  const native = nativeBuilds(root).filter((addon) => !nativeIsCurrent(addon));
  const bundles = /** @type {(keyof typeof parts)[]} */ (Object.keys(parts)).filter(
    (part) => !partState(root, part).current,
  );
  return [...native.map((addon) => addon.name), ...bundles.map((part) => parts[part].title)];
}

/** @param {ReturnType<typeof nativeBuilds>[number]} addon */
function nativeIsCurrent(addon) {
  return existsSync(addon.product) && readStamp(addon.stamp) === addon.wanted;
}

/**
 * @param {string} root
 * @param {ReturnType<typeof nativeBuilds>[number]} addon
 */
function buildNative(root, addon) {
  const [command, ...args] = addon.command;
  const path = [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
  const result = spawnSync(command ?? '', args, {
    cwd: addon.folder,
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  });
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
    throw new Error(
      `${addon.name} did not build${result.error ? `: ${result.error.message}` : ''}. It needs a C++ compiler, make, Python 3, pkg-config and liblz4.`,
    );
  }
  writeStamp(addon.stamp, addon.wanted);
}

/**
 * Builds what is out of date and says so line by line.
 * @param {string} root
 * @param {{ force?: boolean, say?: (line: string) => void }} [options]
 */
export async function buildAll(root, { force = false, say = console.log } = {}) {
  for (const addon of nativeBuilds(root)) {
    if (!force && nativeIsCurrent(addon)) continue;
    buildNative(root, addon);
    say(`built ${addon.name}`);
  }
  for (const part of /** @type {(keyof typeof parts)[]} */ (Object.keys(parts))) {
    const { stamp, wanted, current } = partState(root, part);
    if (current && !force) continue;
    rmSync(stamp, { force: true });
    const { bundleMain, bundleRenderer } = await import('./build/bundle.mjs');
    const names = await (part === 'main' ? bundleMain(root) : bundleRenderer(root));
    if (names.length > 0) writeStamp(stamp, wanted);
    say(
      names.length > 0
        ? `built ${parts[part].title}: ${names.join(', ')}`
        : `${parts[part].title}: nothing to build yet`,
    );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = join(import.meta.dirname, '..');
  const arguments_ = process.argv.slice(2);
  const unknown = arguments_.filter((argument) => argument !== '--force');
  if (unknown.length > 0) {
    console.error(`build: unknown argument ${unknown.join(' ')}. Only --force is understood.`);
    process.exitCode = 2;
  } else {
    try {
      if (outOfDate(root).length === 0 && !arguments_.includes('--force')) console.log('Everything is built.');
      else await buildAll(root, { force: arguments_.includes('--force') });
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    }
  }
}
