import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { outOfDate } from '../build.mjs';
import { fingerprint, readStamp, writeStamp } from '../build/fingerprint.mjs';
import {
  blocksBuild,
  hasLibrary,
  installCommands,
  isDebian,
  lineToType,
  missingPackages,
  missingParts,
  rootPrefix,
  wantedPackages,
} from './debian-packages.mjs';
import { electronUntried, fetchElectron, macCopyOutOfDate, makeMacCopy } from './electron.mjs';
import { installCommand, modernNode, nodeModulesMatchLock } from './node-modules.mjs';
import { CommandFailed, findProgram } from './run.mjs';

/** Something only a person can mend; the message is the whole of what is said. */
export class NeedsPerson extends Error {}

/**
 * @typedef {object} Setup
 * @property {string} root the checkout
 * @property {boolean} tests whether what only tests need is wanted too
 * @property {string} logFile where long output goes
 * @property {import('./run.mjs').Run} run
 */

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {() => boolean} needed cheap: it is asked at every start
 * @property {() => Promise<string | void>} run resolves with how it went, if "done" does not say it
 */

/** @param {Setup} setup @returns {Step[]} */
export function setupSteps(setup) {
  const system =
    process.platform === 'darwin' ? macStep(setup) : isDebian() ? debianStep(setup) : otherLinuxStep(setup);
  const signing = process.platform === 'darwin' ? [macElectronStep(setup)] : [];
  return [system, nodeModulesStep(setup), electronStep(setup), ...signing, buildStep(setup), demoGuestStep(setup)];
}

/** @param {Setup} setup @returns {Step} */
function debianStep({ tests, run, logFile, root }) {
  const missing = () => missingPackages(wantedPackages({ tests }));
  const told = join(root, '.cache/packages-told');
  const mayBuild = () => !blocksBuild(missing());
  return {
    title: 'Debian packages',
    // Who was told once what to type, and can build, is not told at every start.
    needed: () => {
      const names = missing();
      return names.length > 0 && !(mayBuild() && !tests && readStamp(told) === names.join(' '));
    },
    run: async () => {
      const names = missing();
      const prefix = rootPrefix();
      if (prefix !== undefined) {
        for (const command of installCommands(prefix, names)) await run(command, { logFile });
        return `installed ${names.length}`;
      }
      const line = `Type this, then start again:\n\n  ${lineToType(names)}\n`;
      if (tests || !mayBuild())
        throw new NeedsPerson(`Some Debian packages are missing, and only root may install them. ${line}`);
      writeStamp(told, names.join(' '));
      return `missing ${names.join(', ')}. Tatin starts, but guests may not. ${line}`;
    },
  };
}

/** @param {Setup} setup @returns {Step} */
function otherLinuxStep({ root }) {
  const told = join(root, '.cache/packages-told');
  const missing = () => missingParts(findProgram, hasLibrary);
  return {
    title: 'System programs and libraries',
    needed: () => missing().length > 0 && readStamp(told) !== missing().join('; '),
    run: async () => {
      const words = missing();
      writeStamp(told, words.join('; '));
      return `this is not Debian, so please install what is missing:\n${words.map((word) => `  - ${word}`).join('\n')}`;
    },
  };
}

/** @param {Setup} setup @returns {Step} */
function macStep({ run, logFile }) {
  const withoutTools = () => spawnSync('xcode-select', ['-p'], { stdio: 'ignore' }).status !== 0;
  const withoutLz4 = () => !hasLibrary('liblz4');
  return {
    title: 'Compiler and libraries',
    needed: () => withoutTools() || withoutLz4(),
    run: async () => {
      if (withoutTools())
        throw new NeedsPerson(
          "Xcode's command-line tools are missing. Type this, then start again:\n\n  xcode-select --install\n",
        );
      if (findProgram('brew') === undefined)
        throw new NeedsPerson(
          `The library liblz4 is missing, and so is Homebrew, which has it. See https://brew.sh, then start again; or have liblz4 and pkg-config installed in another way.\n`,
        );
      await run(['brew', 'install', 'lz4', 'pkgconf'], { logFile });
      return 'installed lz4 and pkgconf';
    },
  };
}

/** @param {Setup} setup @returns {Step} */
function nodeModulesStep({ root, run, logFile }) {
  return {
    title: 'Node packages',
    needed: () => !nodeModulesMatchLock(root),
    run: async () => {
      const { command, env } = installCommand(root);
      await run(command, { logFile, cwd: root, env });
    },
  };
}

/** @param {Setup} setup @returns {Step} */
function electronStep({ root, run, logFile }) {
  return {
    title: 'Electron',
    needed: () => electronUntried(root),
    run: () => fetchElectron(root, requireNode(root), run, logFile),
  };
}

/** @param {Setup} setup @returns {Step} */
function macElectronStep({ root, run, logFile }) {
  return {
    title: 'Signing Electron for virtual machines',
    needed: () => macCopyOutOfDate(root),
    run: () => makeMacCopy(root, run, logFile),
  };
}

/** @param {Setup} setup @returns {Step} */
function buildStep({ root, run, logFile }) {
  return {
    title: 'Building the app',
    needed: () => outOfDate(root).length > 0,
    run: async () => {
      const parts = outOfDate(root);
      await run([requireNode(root), join(root, 'scripts/build.mjs')], { logFile, cwd: root });
      return parts.join(', ');
    },
  };
}

/** @param {Setup} setup @returns {Step} */
function demoGuestStep({ root, run }) {
  const stamp = join(root, '.cache/demo-guest');
  const cache = process.env.TATIN_CACHE ?? process.env.XDG_CACHE_HOME ?? homedir();
  const wanted = () => fingerprint(root, ['assets/demo-guest', 'electron/demo-guest'], [cache, process.arch]);
  return {
    title: 'Demo guest',
    // The stamp is the fingerprint and, on a second line, the image, which may have been deleted since.
    needed: () => {
      const [made, image] = (readStamp(stamp) ?? '').split('\n');
      return made !== wanted() || (image !== undefined && !existsSync(image));
    },
    run: async () => {
      const outputFile = join(root, '.cache/demo-guest.log');
      try {
        await run([requireNode(root), join(root, 'scripts/demo-guest.mjs')], { logFile: outputFile, cwd: root });
      } catch (error) {
        if (!(error instanceof CommandFailed)) throw error;
        const reason = lastLine(outputFile);
        // 3 says that this computer can't build it at all, which the next start need not find out again.
        if (error.message.endsWith('ended with 3')) writeStamp(stamp, wanted());
        return `not built: ${reason} (see ${outputFile})`;
      }
      writeStamp(stamp, `${wanted()}\n${lastLine(outputFile)}`);
      return undefined;
    },
  };
}

/** @param {string} file */
function lastLine(file) {
  return readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '';
}

/** @param {string} root */
function requireNode(root) {
  const node = modernNode(root);
  if (node !== undefined) return node;
  const line = process.platform === 'darwin' ? 'brew install node' : 'see https://nodejs.org/en/download';
  throw new NeedsPerson(`Tatin needs Node 24 or newer, and npm has none for this computer. Install it:\n\n  ${line}\n`);
}
