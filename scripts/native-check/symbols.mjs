/**
 * The symbol audit: what is newer than the oldest macOS must be weak, or the addon does not load there; what Intel Macs
 * lack must not be in the Intel object at all.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { undefinedSymbols } from './mach-o.mjs';
import { oldestMacOS } from './toolchain.mjs';

/** Classes and messages that Virtualization has on Apple silicon only (its headers, `#ifdef __arm64__`). */
const onlyOnArm = {
  classes:
    /^VZ(Mac(AuxiliaryStorage|HardwareModel|MachineIdentifier|OS\w+|PlatformConfiguration|KeyboardConfiguration|TrackpadConfiguration)|LinuxRosetta\w+)$/,
  messages: [
    'saveMachineStateToURL:completionHandler:',
    'restoreMachineStateFromURL:completionHandler:',
    'validateSaveRestoreSupportWithError:',
  ],
};

/**
 * @param {string[]} folders of headers
 * @returns {Map<string, number>} class name to the macOS that introduced it
 */
export function introductions(folders) {
  const versions = new Map();
  for (const folder of folders)
    for (const name of readdirSync(folder).filter((leaf) => leaf.endsWith('.h'))) {
      const text = readFileSync(join(folder, name), 'utf8');
      for (const [, version, className] of text.matchAll(
        /API_AVAILABLE\(macos\(([\d.]+)\)[^;@]*?\)\s*(?:[A-Z_]+(?:\([^)]*\))?\s*)*@interface (VZ\w+)/g,
      ))
        versions.set(className, Number(version));
    }
  return versions;
}

/**
 * @param {Uint8Array} object
 * @param {import('./toolchain.mjs').Architecture} architecture
 * @param {Map<string, number>} since
 * @returns {string[]} what is wrong
 */
export function auditSymbols(object, architecture, since) {
  const problems = [];
  for (const { name, weak } of undefinedSymbols(object)) {
    const className = /^_OBJC_CLASS_\$_(VZ\w+)$/.exec(name)?.[1];
    if (className !== undefined && architecture === 'x86_64' && onlyOnArm.classes.test(className))
      problems.push(`${className} is not on Intel Macs`);
    if (weak) continue;
    if (className !== undefined && (since.get(className) ?? 0) > Number(oldestMacOS))
      problems.push(`${className} came with macOS ${since.get(className)} and is not weak`);
    // All that we use of vmnet came with macOS 26.
    if (name.startsWith('_vmnet_')) problems.push(`${name.slice(1)} is not weak`);
  }
  if (architecture === 'x86_64')
    for (const message of onlyOnArm.messages)
      if (Buffer.from(object).includes(`${message}\0`)) problems.push(`${message} is not on Intel Macs`);
  return problems;
}
