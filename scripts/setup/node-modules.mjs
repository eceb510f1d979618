import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { findProgram } from './run.mjs';

/** What install scripts make; without it npm ci was cut off. */
const made = ['node_modules/keytar/build/Release/keytar.node'];

/**
 * Whether node_modules holds what the lock file says. npm keeps its own record of what it installed; comparing the two
 * sees an install by hand as well, and costs milliseconds.
 * @param {string} root
 */
export function nodeModulesMatchLock(root) {
  try {
    const wanted = readPackages(join(root, 'package-lock.json'));
    const there = readPackages(join(root, 'node_modules/.package-lock.json'));
    const matches = Object.entries(wanted).every(([path, entry]) => {
      const installed = there[path];
      if (path === '') return true;
      if (installed === undefined) return entry.optional === true || entry.devOptional === true;
      return installed.version === entry.version && installed.integrity === entry.integrity;
    });
    return matches && made.every((file) => existsSync(join(root, file)));
  } catch {
    return false;
  }
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }>}
 */
function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

/**
 * How to run npm's clean install. Programs of node_modules are taken out of the search path, since npm deletes them
 * under way.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {{ command: string[], env: NodeJS.ProcessEnv }}
 */
export function installCommand(root, env = process.env) {
  const own = join(resolve(root), 'node_modules');
  const path = (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !resolve(folder).startsWith(own))
    .join(delimiter);
  const npm = findProgram('npm', path);
  const command = npm === undefined ? [process.execPath, env.npm_execpath ?? 'npm'] : [npm];
  return {
    command: [...command, 'ci', '--no-audit', '--no-fund'],
    env: { ...env, ...nodeHeaderConfig(env), PATH: path },
  };
}

/**
 * Where the headers of the system's Node are, for the one dependency with native code: without this node-gyp downloads
 * them. What the user configured wins.
 * @param {NodeJS.ProcessEnv} env
 */
function nodeHeaderConfig(env) {
  if (env.npm_config_nodedir !== undefined) return {};
  const nodedir = [join(process.execPath, '../..'), '/usr'].find((folder) =>
    existsSync(join(folder, 'include/node/node_api.h')),
  );
  return nodedir === undefined ? {} : { npm_config_nodedir: nodedir };
}

/**
 * Node 24 or newer: npm's own, else the system's.
 * @param {string} root
 * @returns {string | undefined}
 */
export function modernNode(root) {
  const packaged = join(root, 'node_modules/.bin/node');
  if (existsSync(packaged)) return packaged;
  return Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : undefined;
}
