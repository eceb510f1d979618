import { mkdir, readFile, writeFile, glob } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import type { GuestArch } from '../contract/machine.ts';
import { command } from './command.ts';

/** One file that the package manager would fetch. */
export interface PackageFile {
  name: string;
  fileName: string;
  bytes: number;
  /** `SHA256:...`, as the signed lists say. */
  hash: string;
}

/**
 * A package manager of our own in `folder`: its own lists, of another processor if need be, and nothing installed. It
 * uses the host's Debian sources, keys and proxies, and needs no rights.
 */
export interface PrivateApt {
  folder: string;
  arch: GuestArch;
}

/** Makes the folders and fetches the lists. */
export async function openApt(folder: string, arch: GuestArch, signal: AbortSignal): Promise<PrivateApt> {
  const apt = { folder, arch };
  await Promise.all(
    ['state/lists/partial', 'cache/archives/partial', 'debs'].map((name) =>
      mkdir(path.join(folder, name), { recursive: true }),
    ),
  );
  await writeFile(path.join(folder, 'state/status'), '');
  await writeFile(path.join(folder, 'sources.list'), (await debianSources()).map((line) => `${line}\n`).join(''));
  await writeFile(path.join(folder, 'apt.conf'), configuration(apt));
  await aptCommand(apt, 'apt-get', ['update', '-qq', '--error-on=any'], signal);
  return apt;
}

function configuration({ folder, arch }: PrivateApt): string {
  return `Dir::State "${folder}/state";
Dir::State::status "${folder}/state/status";
Dir::Cache "${folder}/cache";
Dir::Etc::sourcelist "${folder}/sources.list";
Dir::Etc::sourceparts "-";
APT::Architecture "${arch}";
#clear APT::Architectures;
APT::Architectures { "${arch}"; };
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "3";
`;
}

function aptCommand(apt: PrivateApt, program: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  const options = ['-c', path.join(apt.folder, 'apt.conf')];
  return command(program, [...options, ...args], { signal, cwd: path.join(apt.folder, 'debs') });
}

/**
 * The host's own sources of its Debian release, as one-line entries. Sources of other makers are left out: they would
 * only add packages that nobody wants here, and failures.
 */
async function debianSources(): Promise<string[]> {
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1];
  if (codename === undefined)
    throw new AppError(
      'image-unavailable',
      'The demo guest is made from packages of Debian, and this is another system.',
    );
  const found = [];
  for await (const file of glob(['/etc/apt/sources.list', '/etc/apt/sources.list.d/*.{list,sources}'])) {
    const text = await readFile(file, 'utf8');
    found.push(...(file.endsWith('.sources') ? stanzaSources(text) : lineSources(text)));
  }
  const wanted = found
    .filter(({ suite, components }) => isOfRelease(suite, codename) && components.includes('main'))
    .map(({ uri, suite, options }) => `deb ${options}${uri} ${suite} main`);
  if (wanted.length === 0)
    throw new AppError(
      'image-unavailable',
      'The demo guest is made from packages of Debian, and this system names no source of them.',
      {
        hint: `Add Debian's own source (${codename}, component main) to /etc/apt/sources.list.`,
      },
    );
  return [...new Set(wanted)];
}

function isOfRelease(suite: string, codename: string): boolean {
  return [codename, `${codename}-updates`, `${codename}-security`, `${codename}/updates`].includes(suite);
}

/** One place that packages come from. `options` is empty or `[signed-by=...] `. */
export interface PackageSource {
  uri: string;
  suite: string;
  components: string[];
  options: string;
}

/** Reads the one-line style of sources.list(5). Options other than the key are dropped, above all the processor. */
export function lineSources(text: string): PackageSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (match === null) return [];
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const key = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1];
    return [{ uri, suite, components: words(components), options: keyOption(key) }];
  });
}

/** Reads the deb822 style of sources.list(5). A key that is written out in the file, and not named, is left to apt's own. */
export function stanzaSources(text: string): PackageSource[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name: string): string => new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(stanza)?.[1]?.trim() ?? '';
    if (!words(field('Types')).includes('deb') || /^no$/i.test(field('Enabled'))) return [];
    const key = field('Signed-By');
    const options = keyOption(key.startsWith('/') ? key : undefined);
    return words(field('URIs')).flatMap((uri) =>
      words(field('Suites')).map((suite) => ({ uri, suite, components: words(field('Components')), options })),
    );
  });
}

function keyOption(key: string | undefined): string {
  return key === undefined ? '' : `[signed-by=${key}] `;
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** The package of the kernel itself, which the package `kernel` depends on. */
export async function kernelPackage(apt: PrivateApt, kernel: string, signal: AbortSignal): Promise<string> {
  const output = await aptCommand(apt, 'apt-cache', ['depends', kernel], signal);
  const name = /Depends: (linux-image-\S+)/.exec(output)?.[1];
  if (name === undefined)
    throw new AppError('image-unavailable', `The demo guest's kernel was not found: ${kernel} names none.`, {
      details: output,
    });
  return name;
}

/** What would be fetched for `names`: name, version and hash of each, from the signed lists. */
export async function resolvePackages(
  apt: PrivateApt,
  names: readonly string[],
  signal: AbortSignal,
): Promise<PackageFile[]> {
  const output = await aptCommand(apt, 'apt-get', ['download', '--print-uris', '-qq', ...names], signal);
  return parseUris(output);
}

/** Reads `apt-get download --print-uris`: `'URI' file-name bytes SHA256:hash`. */
export function parseUris(output: string): PackageFile[] {
  return [...output.matchAll(/^'[^']*' (\S+) (\d+) (\S+)$/gm)].map(([, fileName = '', bytes = '', hash = '']) => ({
    name: fileName.split('_')[0] ?? '',
    fileName,
    bytes: Number(bytes),
    hash,
  }));
}

/** Fetches and unpacks packages, each to `<folder>/<name>`. The package manager checks their hashes. */
export async function unpackPackages(
  apt: PrivateApt,
  packages: readonly PackageFile[],
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  await aptCommand(apt, 'apt-get', ['download', '-qq', ...packages.map(({ name }) => name)], signal);
  for (const { name, fileName } of packages) {
    const target = path.join(folder, name);
    await mkdir(target, { recursive: true });
    await command('dpkg-deb', ['-x', path.join(apt.folder, 'debs', fileName), target], { signal });
  }
}
