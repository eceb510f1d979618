/**
 * Tells binding.gyp where the system's liblz4 is: `node lz4.mjs include` its headers, `node lz4.mjs library` what to link.
 * That is the static archive, so that a package runs where there is no liblz4; where a system ships none, the shared library.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** @param {readonly string[]} words */
function pkgConfig(...words) {
  try {
    return execFileSync('pkg-config', [...words, 'liblz4'], { encoding: 'utf8' }).trim();
  } catch (error) {
    console.error('liblz4 or pkg-config is missing: liblz4-dev and pkg-config on Debian, lz4 and pkgconf of Homebrew.');
    throw error;
  }
}

if (process.argv[2] === 'include') console.log(pkgConfig('--variable=includedir'));
else {
  const archive = join(pkgConfig('--variable=libdir'), 'liblz4.a');
  console.log(existsSync(archive) ? archive : pkgConfig('--libs'));
}
