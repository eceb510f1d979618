import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nativeBuilds } from './native.mjs';

const root = join(import.meta.dirname, '../..');

it('Every folder of native code is built on some platform', () => {
  const folders = readdirSync(join(root, 'native'))
    .map((name) => `native/${name}`)
    .filter((name) => existsSync(join(root, name, 'binding.gyp')));
  const built = ['darwin', 'linux'].flatMap((platform) =>
    nativeBuilds(root, /** @type {NodeJS.Platform} */ (platform)).map(({ name }) => name),
  );
  expect([...new Set(built)].sort()).toEqual(folders.sort());
});
