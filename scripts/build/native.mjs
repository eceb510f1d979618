import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint } from './fingerprint.mjs';

/** Folders of native code, and what is made of each; `.node` is loaded by Node, the other is a program. */
const parts = [
  { name: 'native/posix', product: 'posix.node', platforms: undefined },
  { name: 'native/transfer', product: 'transfer.node', platforms: undefined },
  { name: 'native/codec', product: 'codec.node', platforms: undefined },
  { name: 'native/vz', product: 'vz.node', platforms: ['darwin'] },
  // macOS has a program of its own for this, sandbox-exec.
  { name: 'native/confine', product: 'confine', platforms: ['linux'] },
];

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
 * The parts whose sources exist and that this platform needs, and how to build each.
 * @param {string} root
 * @param {NodeJS.Platform} [platform]
 * @returns {{ name: string, folder: string, product: string, stamp: string, wanted: string, command: string[] }[]}
 */
export function nativeBuilds(root, platform = process.platform) {
  return parts
    .filter(({ name }) => existsSync(join(root, name, 'binding.gyp')))
    .filter(({ platforms }) => platforms?.includes(platform) ?? true)
    .map(({ name, product }) => {
      const folder = join(root, name);
      const headers = nodeHeaders(root);
      return {
        name,
        folder,
        product: join(folder, 'build/Release', product),
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
