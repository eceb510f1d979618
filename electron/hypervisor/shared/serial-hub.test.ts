import { once } from 'node:events';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type Socket, connect, createServer } from 'node:net';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { waitFor } from '../testing/guest-lab.ts';
import { ScrollBack, SerialHub } from './serial-hub.ts';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 30_000 };

/** Both ends of a connection. */
async function connection(folder: string): Promise<{ near: Socket; far: Socket }> {
  const address = path.join(folder, String(Math.random()));
  const server = createServer().listen(address);
  await once(server, 'listening');
  const far = connect(address);
  far.on('error', () => far.destroy());
  const [near] = (await once(server, 'connection')) as [Socket];
  server.close();
  return { near, far };
}

describe('Scroll-back', () => {
  it('is the last of all that came, whatever the pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.integer({ min: 1, max: 100 }), (pieces, max) => {
        const kept = new ScrollBack(max);
        for (const piece of pieces) kept.add(Buffer.from(piece));
        const all = Buffer.concat(pieces);
        expect(kept.bytes()).toEqual(all.subarray(Math.max(0, all.length - max)));
      }),
    );
  });
});

describe('The serial hub', () => {
  it('shows each client what was said before it came, and after', async () => {
    using folder = temporaryFolder();
    using hub = new SerialHub(path.join(folder.path, 'serial.log'), false);
    const guest = await connection(folder.path);
    hub.connectGuest(guest.near);
    guest.far.write('before ');
    await expect.poll(() => readFileSync(path.join(folder.path, 'serial.log'), 'utf8'), patience).toBe('before ');
    const client = await connection(folder.path);
    hub.addClient(client.near);
    expect(await waitFor(client.far, 'before ')).toBe('before ');
    guest.far.write('after');
    await waitFor(client.far, 'after');
    client.far.write('typed');
    await waitFor(guest.far, 'typed');
  });

  it('goes on with the text of a run that was suspended, and only then', () => {
    using folder = temporaryFolder();
    const log = path.join(folder.path, 'serial.log');
    writeFileSync(log, 'said before');
    new SerialHub(log, true)[Symbol.dispose]();
    expect(readFileSync(log, 'utf8')).toBe('said before');
    new SerialHub(log, false)[Symbol.dispose]();
    expect(readFileSync(log, 'utf8')).toBe('');
  });

  it('keeps its log short, with the end of what was said', async () => {
    using folder = temporaryFolder();
    const log = path.join(folder.path, 'serial.log');
    using hub = new SerialHub(log, false);
    const guest = await connection(folder.path);
    hub.connectGuest(guest.near);
    for (let written = 0; written < 5 * 1024 ** 2; written += 65_536)
      if (!guest.far.write(Buffer.alloc(65_536, 'x'))) await once(guest.far, 'drain');
    guest.far.write('the end');
    await expect.poll(() => readFileSync(log).subarray(-7).toString(), patience).toBe('the end');
    expect(statSync(log).size).toBeLessThanOrEqual(2 * 1024 ** 2);
  });

  it('lets go of a client that does not read', async () => {
    using folder = temporaryFolder();
    using hub = new SerialHub(path.join(folder.path, 'serial.log'), false);
    const [guest, lazy] = await Promise.all([connection(folder.path), connection(folder.path)]);
    hub.connectGuest(guest.near);
    hub.addClient(lazy.near);
    lazy.far.pause();
    const gone = once(lazy.near, 'close');
    const pump = setInterval(() => guest.far.write(Buffer.alloc(262_144, 'x')), 1);
    await gone;
    clearInterval(pump);
  });

  it('works without a log where none can be written', async () => {
    using folder = temporaryFolder();
    const log = path.join(folder.path, 'serial.log');
    mkdirSync(log);
    using hub = new SerialHub(log, true);
    const [guest, client] = await Promise.all([connection(folder.path), connection(folder.path)]);
    hub.connectGuest(guest.near);
    hub.addClient(client.near);
    guest.far.write('hello');
    await waitFor(client.far, 'hello');
  });
});
