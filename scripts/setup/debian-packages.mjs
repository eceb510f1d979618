import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Without these nothing can be built. */
const toBuild = ['g++', 'make', 'python3', 'pkg-config', 'libsecret-1-dev', 'liblz4-dev'];

/** These run guests, of both kinds of processor. */
const toRun = ['qemu-system-x86', 'qemu-system-arm', 'qemu-utils', 'ovmf', 'qemu-efi-aarch64', 'passt'];

/** These build the demo guest. */
const forDemoGuest = ['mtools', 'e2fsprogs', 'fdisk', 'cpio', 'kmod'];

/** These unpack compressed disk images. */
const forImports = ['xz-utils', 'bzip2'];

/** Only the tests need these: a browser, its letters, file systems that can clone or be full, a maker of discs. */
const forTests = [
  ...['chromium', 'fonts-dejavu-core', 'btrfs-progs', 'xfsprogs', 'mount', 'xorriso'],
  ...['docker-registry', 'skopeo', 'openssl', 'gnome-keyring', 'dbus'],
  // Networks of their own, with the computers and the DHCP server of a bridge.
  ...['iproute2', 'dnsmasq-base'],
];

/**
 * @param {{ tests: boolean }} options
 * @returns {string[]}
 */
export function wantedPackages({ tests }) {
  return [...toBuild, ...toRun, ...forDemoGuest, ...forImports, ...(tests ? forTests : [])];
}

/** Whether nothing can be built while one of these is missing. @param {readonly string[]} missing */
export function blocksBuild(missing) {
  return missing.some((name) => toBuild.includes(name));
}

export function isDebian() {
  return existsSync('/etc/debian_version') && existsSync('/usr/bin/dpkg-query');
}

/**
 * Those of `names` that are not installed.
 * @param {readonly string[]} names
 * @returns {string[]}
 */
export function missingPackages(names) {
  // dpkg-query fails if it has never heard of a package, and still prints the others.
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...names], {
    encoding: 'utf8',
  });
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return names.filter((name) => !installed.has(name));
}

/** How to become root without asking anybody: nothing to do, `sudo`, or not at all. @returns {string[] | undefined} */
export function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined;
}

/**
 * The commands that install packages.
 * @param {readonly string[]} prefix
 * @param {readonly string[]} names
 */
export function installCommands(prefix, names) {
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...names];
  return [
    [...prefix, 'apt-get', 'update'],
    [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...install],
  ];
}

/** What a person types where we may not. @param {readonly string[]} names */
export function lineToType(names) {
  return `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${names.join(' ')}`;
}

/** Programs whose packages have other names elsewhere, and what each is for. */
const programs = /** @type {const} */ ([
  ['c++', 'a C++ compiler, to build the native part'],
  ['make', 'make, to build the native part'],
  ['python3', 'Python 3, to build the native part'],
  ['pkg-config', 'pkg-config, to find the libraries that the native part is built with'],
  ['qemu-system-x86_64', 'QEMU for x86-64, to run guests'],
  ['qemu-system-aarch64', 'QEMU for arm64, to run guests of that kind'],
  ['passt', 'passt, without which guests have no network'],
]);

/** Libraries by the names that pkg-config knows them by, and what each is for. */
const libraries = /** @type {const} */ ([
  ['liblz4', 'liblz4 with its headers, to build what packs and unpacks disks'],
  ['libsecret-1', 'libsecret with its headers, to build the keychain part'],
]);

/**
 * On a Linux that is not Debian: which programs and libraries are missing, in words.
 * @param {(name: string) => string | undefined} findProgram
 * @param {(name: string) => boolean} hasLibrary
 * @returns {string[]}
 */
export function missingParts(findProgram, hasLibrary) {
  return [
    ...programs.filter(([name]) => findProgram(name) === undefined).map(([, words]) => words),
    ...libraries.filter(([name]) => !hasLibrary(name)).map(([, words]) => words),
  ];
}

/** Whether a library can be linked with, which pkg-config says; not where that is missing. @param {string} name */
export function hasLibrary(name) {
  return spawnSync('pkg-config', ['--exists', name], { stdio: 'ignore' }).status === 0;
}
