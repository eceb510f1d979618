import { describe, expect, it } from 'vitest';
import {
  blocksBuild,
  hasLibrary,
  installCommands,
  isDebian,
  lineToType,
  missingPackages,
  missingParts,
  wantedPackages,
} from './debian-packages.mjs';

describe('wantedPackages', () => {
  it('names what only tests need only for them', () => {
    expect(wantedPackages({ tests: false })).not.toContain('chromium');
    expect(wantedPackages({ tests: true })).toEqual(
      expect.arrayContaining(['chromium', ...wantedPackages({ tests: false })]),
    );
  });
});

describe.runIf(isDebian())('missingPackages', () => {
  it('asks the system, which has dpkg and has never heard of some', () => {
    expect(missingPackages(['dpkg', 'no-such-package-as-this', 'base-files'])).toEqual(['no-such-package-as-this']);
  });

  it('says what a build cannot do without', () => {
    expect(blocksBuild(['chromium', 'ovmf'])).toBe(false);
    expect(blocksBuild(['ovmf', 'g++'])).toBe(true);
  });
});

describe('installCommands', () => {
  it('reads the lists, then installs without questions', () => {
    expect(installCommands(['sudo', '-n'], ['ovmf', 'passt'])).toEqual([
      ['sudo', '-n', 'apt-get', 'update'],
      [
        ...['sudo', '-n', 'env', 'DEBIAN_FRONTEND=noninteractive'],
        ...['apt-get', 'install', '-y', '--no-install-recommends', 'ovmf', 'passt'],
      ],
    ]);
  });

  it('is one line for a person', () => {
    expect(lineToType(['ovmf', 'passt'])).toBe(
      'sudo apt-get update && sudo apt-get install -y --no-install-recommends ovmf passt',
    );
  });
});

describe('missingParts', () => {
  it('says in words what other systems lack', () => {
    const withoutPasst = (/** @type {string} */ name) => (name === 'passt' ? undefined : `/usr/bin/${name}`);
    expect(missingParts(withoutPasst, () => true)).toEqual([expect.stringContaining('passt')]);
    expect(
      missingParts(
        (name) => name,
        () => true,
      ),
    ).toEqual([]);
    expect(
      missingParts(
        (name) => name,
        (name) => name !== 'liblz4',
      ),
    ).toEqual([expect.stringContaining('liblz4')]);
  });

  it('asks the system for libraries', () => {
    expect(hasLibrary('liblz4')).toBe(true);
    expect(hasLibrary('no-such-library-as-this')).toBe(false);
  });
});
