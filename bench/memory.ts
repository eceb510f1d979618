import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import WebSocket from 'ws';
import { toPageSchema } from '../electron/contract/wire.ts';
import { BenchHome } from './home.ts';
import { compare, type Contender, type Measurement } from './measure.ts';
import { end, memoryMegabytes, said, spawnCommand } from './processes.ts';

const pairs = 5;
const counts = [0, 10, 1000];
/** Samples until one is no smaller than the one before: by then start-up garbage has been collected or will not be. */
const settleMs = 1000;

/** Memory of the browser entry with a page connected that was shown the library, against a Node that does nothing. */
export async function measureMemory(root: string, say: (line: string) => void): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const count of counts) {
    using home = new BenchHome();
    await home.fill(count);
    const words = count.toLocaleString('en');
    measurements.push(
      await compare(
        { key: `memory-${count}`, question: `Memory of the server (PSS), ${words} VMs shown`, unit: 'MB' },
        { name: `server, ${words} VMs`, once: () => serverMemory(root, home, count) },
        idleNode,
        pairs,
        say,
      ),
    );
  }
  return measurements;
}

const idleNode: Contender = {
  name: 'idle `node`',
  once: async () => {
    const child = spawnCommand([process.execPath, '-e', 'console.log("up"); setInterval(() => {}, 1e6)'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await said(child, 'up');
      return await settledMemory(child.pid);
    } finally {
      await end(child);
    }
  },
};

async function serverMemory(root: string, home: BenchHome, count: number): Promise<number> {
  const child = spawnCommand([process.execPath, path.join(root, 'dist/main/server.js')], {
    env: home.environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const url = /http:\S+/.exec(await said(child, '\n'))?.[0];
    if (url === undefined) throw new Error('The server did not print its address.');
    const page = await openPage(url);
    try {
      const { length } = await page.list();
      if (length !== count) throw new Error(`The server lists ${length} VMs instead of ${count}.`);
      return await settledMemory(child.pid);
    } finally {
      page.close();
    }
  } finally {
    await end(child);
  }
}

async function settledMemory(pid: number | undefined): Promise<number> {
  if (pid === undefined) throw new Error('The process did not start.');
  for (let last = Infinity; ;) {
    await delay(settleMs);
    const { pss } = await memoryMegabytes(pid);
    if (pss >= last) return last;
    last = pss;
  }
}

/** What a browser does: opens the link, keeps the cookie, connects, asks for the list. */
async function openPage(link: string): Promise<{ list: () => Promise<unknown[]>; close: () => void }> {
  const { origin } = new URL(link);
  const response = await fetch(link, { redirect: 'manual' });
  const cookie = response.headers.getSetCookie().map((line) => line.split(';')[0]);
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/rpc`, {
    headers: { cookie: cookie.join('; '), origin },
  });
  const opened = Promise.withResolvers<undefined>();
  socket.on('open', () => opened.resolve(undefined));
  socket.on('error', (error) => opened.reject(error));
  await opened.promise;
  return {
    list: async () => {
      const listed = Promise.withResolvers<unknown[]>();
      socket.on('message', (data: Buffer) => {
        const message = toPageSchema.parse(JSON.parse(data.toString()));
        if (message.kind !== 'reply') return;
        if (message.reply.ok && Array.isArray(message.reply.value)) listed.resolve(message.reply.value);
        else listed.reject(new Error('The server did not list its VMs.'));
      });
      socket.send(JSON.stringify({ kind: 'call', call: 1, name: 'vms.list', input: {} }));
      return await listed.promise;
    },
    close: () => socket.close(),
  };
}
