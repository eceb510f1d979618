import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { ConfinedProgram } from './program-access.ts';

const launcher = '/usr/bin/sandbox-exec';
/** Apple's own rules for what any program reads before its first line. Not on old systems, which don't need them. */
const loaderRules = '/System/Library/Sandbox/Profiles/dyld-support.sb';

/** The system's libraries, and where package managers put theirs. */
const libraries = [
  '/usr/lib',
  '/System/Library',
  '/Library/Apple',
  ...['/opt/homebrew', '/usr/local'].flatMap((prefix) => ['lib', 'opt', 'Cellar'].map((name) => `${prefix}/${name}`)),
  '/opt/local/lib',
];

/** How a program is started in confinement: by macOS's own launcher, with a profile that names all that it may do. */
export async function onMac({ program, args }: ConfinedProgram): Promise<{ command: string; args: string[] }> {
  const real = await realpath(program);
  return { command: launcher, args: ['-p', macProfile(real, existsSync(loaderRules)), real, ...args] };
}

/**
 * A profile in the language of Apple's sandbox, which has no public manual: each line is one that profiles of Apple in
 * /System/Library/Sandbox/Profiles and of other programs have. What it reads and writes is handed to it open, so that no
 * path of a user's is in it; opening `/dev/fd/3` gives a second descriptor of the same opening, with its rights.
 */
export function macProfile(program: string, hasLoaderRules: boolean): string {
  const own = path.join(path.dirname(program), '../lib');
  const places = [...libraries, own].map((place) => `(subpath ${quoted(place)})`).join(' ');
  return [
    '(version 1)',
    '(deny default)',
    ...(hasLoaderRules ? ['(import "dyld-support.sb")'] : []),
    `(allow process-exec (literal ${quoted(program)}))`,
    '(allow sysctl-read)',
    '(allow file-read-metadata)',
    `(allow file-read* (literal "/") (literal ${quoted(program)}) ${places})`,
    '(allow file-read* (literal "/dev/random") (literal "/dev/urandom"))',
    '(allow file-read* file-write* (literal "/dev/null") (subpath "/dev/fd"))',
    '(deny network*)',
  ].join('\n');
}

/** A string of the profile's language, which is a kind of Scheme. */
const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
