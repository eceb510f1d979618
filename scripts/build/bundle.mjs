import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'vite';
import { publish } from './publish.mjs';

/** Loaded at run time, never bundled: Electron is the host itself, the others hold native code. */
const external = ['electron', 'keytar'];

/** Entries that run in Node or in Electron's main process. */
const mainEntries = {
  cli: 'electron/cli.ts',
  server: 'electron/server.ts',
  'vm-host': 'electron/hypervisor/qemu/vm-host.ts',
  'lock-holder': 'electron/hypervisor/vz/lock-holder.ts',
  'transfer-worker': 'electron/registry/disk/transfer-worker.ts',
  'keychain-child': 'electron/credentials/keychain-child.ts',
  main: 'electron/main.ts',
};

/**
 * The entries whose source exists, with absolute paths.
 * @param {string} root
 * @param {Record<string, string>} entries
 */
function existing(root, entries) {
  return Object.fromEntries(
    Object.entries(entries)
      .map(([name, path]) => /** @type {const} */ ([name, join(root, path)]))
      .filter(([, path]) => existsSync(path)),
  );
}

/** No build takes this long, so what is older was left by one that was killed. */
const abandonedAfterMs = 60 * 60 * 1000;

/** @param {string} dist */
function sweep(dist) {
  for (const name of readdirSync(dist)) {
    const folder = join(dist, name);
    if (!name.startsWith('.partial-')) continue;
    // Another build may remove its own in this moment.
    const madeAt = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - madeAt > abandonedAfterMs) rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A private folder to build in, beside `dist` so that moving into place is a rename.
 * @template T
 * @param {string} root
 * @param {(folder: string) => Promise<T>} work
 */
async function aside(root, work) {
  mkdirSync(join(root, 'dist'), { recursive: true });
  sweep(join(root, 'dist'));
  const folder = mkdtempSync(join(root, 'dist', '.partial-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Options that every bundle for Node or Electron's main process shares.
 * @param {string} root
 * @returns {import('vite').InlineConfig}
 */
function nodeOptions(root) {
  return {
    root,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    // What native code or Electron itself provides stays outside; everything else comes along, so that an installed
    // Tatin needs no node_modules and a cold start opens few files.
    ssr: { noExternal: true, external, target: 'node' },
    resolve: { conditions: ['node', 'import', 'default'] },
  };
}

/**
 * @param {string} root
 * @returns {Promise<string[]>} the names of what was built
 */
export async function bundleMain(root) {
  const entries = existing(root, mainEntries);
  const preload = existing(root, { preload: 'electron/preload.ts' });
  if (Object.keys(entries).length + Object.keys(preload).length === 0) return [];
  return aside(root, async (folder) => {
    const common = {
      outDir: join(folder, 'main'),
      emptyOutDir: false,
      target: 'node24',
      sourcemap: true,
      minify: false,
    };
    if (Object.keys(entries).length > 0)
      await build({
        ...nodeOptions(root),
        build: {
          ...common,
          ssr: true,
          rolldownOptions: {
            input: entries,
            output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
          },
        },
      });
    // A sandboxed preload cannot import: one CommonJS file, whatever the package's type says.
    if (Object.keys(preload).length > 0)
      await build({
        ...nodeOptions(root),
        build: {
          ...common,
          ssr: true,
          rolldownOptions: {
            input: preload,
            output: { format: 'cjs', entryFileNames: '[name].js', codeSplitting: false },
          },
        },
      });
    publish(join(folder, 'main'), join(root, 'dist/main'), (name) => !name.includes('/'));
    return [...Object.keys(entries), ...Object.keys(preload)];
  });
}

/**
 * @param {string} root
 * @returns {Promise<string[]>} the names of the pages that were built
 */
export async function bundleRenderer(root) {
  const configFile = join(root, 'renderer/vite.config.ts');
  if (!existsSync(configFile)) return [];
  return aside(root, async (folder) => {
    await build({
      configFile,
      logLevel: 'warn',
      build: { outDir: join(folder, 'renderer') },
    });
    const pages = readdirSync(join(folder, 'renderer')).filter((name) => name.endsWith('.html'));
    publish(join(folder, 'renderer'), join(root, 'dist/renderer'), (name) => name.endsWith('.html'));
    return pages.map((name) => basename(name, '.html'));
  });
}
