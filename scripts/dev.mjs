/**
 * The development loop: the pages from Vite with hot reload, in front of a Tatin server that runs from the sources and
 * restarts when one of them changes. Prints a link for the browser. Options that begin with `--inspect` go to Node.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ServerProxy } from './dev/server-proxy.mjs';
import { modernNode } from './setup/node-modules.mjs';
import { projectRoot, setUp } from './setup.mjs';

/**
 * Starts the server from its sources. `node --watch` follows what it imports and starts it again after a change; guests
 * have processes of their own and go on.
 * @param {readonly string[]} nodeOptions
 * @param {(link: URL) => void} onLink told of the one-time link of each start
 */
function startServer(nodeOptions, onLink) {
  const node = modernNode(projectRoot);
  if (node === undefined) throw new Error('Node is not set up. Run npm run setup.');
  const watched = ['--watch', '--watch-preserve-output', '--disable-warning=ExperimentalWarning', ...nodeOptions];
  const server = spawn(node, [...watched, 'electron/server.ts', '--print-json'], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: server.stdout }).on('line', (line) => {
    if (line.startsWith('{"url":')) onLink(new URL(JSON.parse(line).url));
    else console.log(line);
  });
  return server;
}

/** @param {ServerProxy} proxy */
async function startVite(proxy) {
  // Not before the packages are set up.
  const { createServer } = await import('vite');
  const vite = await createServer({
    configFile: join(projectRoot, 'renderer/vite.config.ts'),
    // The path of its own is Tatin's link's.
    server: { host: '127.0.0.1', proxy: proxy.viteOptions, hmr: { path: '/hot-reload' } },
  });
  await vite.listen();
  const address = vite.httpServer?.address();
  if (address === null || typeof address !== 'object') throw new Error('Vite does not listen.');
  return { vite, host: `127.0.0.1:${address.port}` };
}

/** @param {readonly string[]} args */
async function develop(args) {
  const unknown = args.filter((argument) => !argument.startsWith('--inspect'));
  if (unknown.length > 0) throw new Error(`${unknown.join(' ')} is not an option. Only those of --inspect are.`);
  const proxy = new ServerProxy();
  const { vite, host } = await startVite(proxy);
  const server = startServer(args, (link) => {
    if (proxy.isOpen) proxy.reopen(link).then(() => console.log('The server has restarted.'), console.error);
    else console.log(`Tatin for development is at ${proxy.open(host, link)}`);
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => server.kill());
  server.once('exit', (code) => {
    process.exitCode = code ?? 0;
    void vite.close();
  });
}

try {
  if (await setUp()) await develop(process.argv.slice(2));
  else process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
