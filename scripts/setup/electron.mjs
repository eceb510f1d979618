import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint, readStamp, writeStamp } from '../build/fingerprint.mjs';

/** The version of the installed npm package, which has no binary by itself. @param {string} root */
function packageVersion(root) {
  return JSON.parse(readFileSync(join(root, 'node_modules/electron/package.json'), 'utf8')).version;
}

/**
 * The folder that Electron's package unpacks its binary into, if it has. Asking the package itself would start the
 * download.
 * @param {string} root
 * @returns {string | undefined}
 */
function electronDist(root) {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (override !== undefined && override !== '' && existsSync(override)) return override;
  const dist = join(root, 'node_modules/electron/dist');
  const complete = existsSync(join(root, 'node_modules/electron/path.txt')) && existsSync(join(dist, 'version'));
  return complete ? dist : undefined;
}

/** @param {string} root */
function outcomeFile(root) {
  return join(root, '.cache/electron-outcome');
}

/**
 * Whether the download is still to be tried for the version that is installed. One failure is remembered, so that a
 * computer without access does not wait at every start.
 * @param {string} root
 */
export function electronUntried(root) {
  if (electronDist(root) !== undefined) return false;
  try {
    return readStamp(outcomeFile(root)) !== packageVersion(root);
  } catch {
    return true;
  }
}

/**
 * Tries the download once.
 * @param {string} root
 * @param {string} node
 * @param {import('./run.mjs').Run} run
 * @param {string} logFile
 * @returns {Promise<string>} how it went
 */
export async function fetchElectron(root, node, run, logFile) {
  const version = packageVersion(root);
  try {
    await run([node, join(root, 'node_modules/electron/install.js')], { logFile, cwd: root });
  } catch {
    // Said below: the app goes on in the browser.
  }
  if (electronDist(root) !== undefined) return `Electron ${version}`;
  writeStamp(outcomeFile(root), version);
  return `not to be had here (see ${logFile}); the app opens in the browser. Delete .cache/electron-outcome to try again`;
}

/** Where the re-signed copy is kept. @param {string} root */
export function macCopy(root) {
  return join(root, '.cache/electron/Electron.app');
}

const entitlements = 'build/entitlements.dev.plist';

/** @param {string} root */
function macWanted(root) {
  return fingerprint(root, [entitlements], [packageVersion(root)]);
}

/** @param {string} root */
function macStamp(root) {
  return join(root, '.cache/electron/made-from');
}

/**
 * Whether the re-signed copy is missing, or of another version or other entitlements.
 * @param {string} root
 */
export function macCopyOutOfDate(root) {
  if (electronDist(root) === undefined) return false;
  return !existsSync(macCopy(root)) || readStamp(macStamp(root)) !== macWanted(root);
}

/**
 * Copies the development Electron.app and signs the copy, for this computer alone, with the entitlement that
 * Virtualization.framework asks of a program (Apple: com.apple.security.virtualization). The original stays as it came.
 * @param {string} root
 * @param {import('./run.mjs').Run} run
 * @param {string} logFile
 */
export async function makeMacCopy(root, run, logFile) {
  const dist = electronDist(root);
  if (dist === undefined) throw new Error('There is no Electron.app to copy.');
  const copy = macCopy(root);
  const aside = join(root, '.cache/electron/partial/Electron.app');
  mkdirSync(join(root, '.cache/electron/partial'), { recursive: true });
  rmSync(aside, { recursive: true, force: true });
  // -c shares blocks where APFS can; -R keeps the framework's symbolic links.
  await run(['cp', '-cR', join(dist, 'Electron.app'), aside], { logFile });
  // macOS takes the name of the first menu from here, whatever the menu itself says.
  await run(['plutil', '-replace', 'CFBundleName', '-string', 'Tatin', join(aside, 'Contents/Info.plist')], {
    logFile,
  });
  const sign = ['codesign', '--force', '--deep', '--sign', '-', '--entitlements', join(root, entitlements), aside];
  await run(sign, { logFile });
  await run(['codesign', '--verify', '--deep', '--strict', aside], { logFile });
  rmSync(copy, { recursive: true, force: true });
  renameSync(aside, copy);
  writeStamp(macStamp(root), macWanted(root));
}

/**
 * What starts the app in a window: Electron's executable, the re-signed one on a Mac. Undefined where there is none.
 * @param {string} root
 * @param {NodeJS.Platform} [platform]
 * @returns {string | undefined}
 */
export function electronProgram(root, platform = process.platform) {
  const dist = electronDist(root);
  if (dist === undefined) return undefined;
  if (platform === 'darwin') return join(macCopy(root), 'Contents/MacOS/Electron');
  return join(dist, 'electron');
}
