import { describe, expect, it } from 'vitest';
import {
  blocksBuild,
  installCommands,
  isDebian,
  lineToType,
  missingPackages,
  missingPrograms,
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

describe('missingPrograms', () => {
  it('says in words what other systems lack', () => {
    expect(missingPrograms((name) => (name === 'passt' ? undefined : `/usr/bin/${name}`))).toEqual([
      expect.stringContaining('passt'),
    ]);
    expect(missingPrograms((name) => name)).toEqual([]);
  });
});
