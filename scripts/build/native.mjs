import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint } from './fingerprint.mjs';

/** Folders of native code that every platform builds. */
const addons = ['native/posix', 'native/transfer', 'native/codec'];

/**
 * Where the headers of the Node that will load the addon are: in the npm package that brought it, else beside the Node
 * that runs this, else Debian's. Without one node-gyp would download them. Node-API is stable, so any of them will do.
 * @param {string} root
 * @param {string} [execPath]
 * @returns {string | undefined} a folder for `--nodedir`
 */
export function nodeHeaders(root, execPath = process.execPath) {
  const nested = join(root, 'node_modules/node/node_modules');
  const packaged = existsSync(nested) ? readdirSync(nested).map((name) => join(nested, name)) : [];
  return [...packaged, join(execPath, '../..'), '/usr'].find((folder) =>
    existsSync(join(folder, 'include/node/node_api.h')),
  );
}

/**
 * The addons whose sources exist, and how to build each.
 * @param {string} root
 * @returns {{ name: string, folder: string, product: string, stamp: string, wanted: string, command: string[] }[]}
 */
export function nativeBuilds(root) {
  return addons
    .filter((name) => existsSync(join(root, name, 'binding.gyp')))
    .map((name) => {
      const folder = join(root, name);
      const headers = nodeHeaders(root);
      return {
        name,
        folder,
        product: join(folder, 'build/Release', `${name.split('/').at(-1)}.node`),
        stamp: join(folder, 'build/.made-from'),
        wanted: fingerprint(root, [name], [process.platform, process.arch]),
        command: [
          join(root, 'node_modules/.bin/node-gyp'),
          'rebuild',
          ...(headers === undefined ? [] : [`--nodedir=${headers}`]),
        ],
      };
    });
}
