import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Library } from '../library/library.ts';
import { layDownVm } from '../library/testing/temporary-home.ts';
import { ofBlobs, startFaultProxy } from '../registry/client/testing/fault-proxy.ts';
import { startRegistry, type TestRegistry } from '../registry/client/testing/registry.ts';
import { TatinHome } from './testing/tatin.ts';

const megabyte = 1_000_000;
let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
});

/** A home with a VM whose disk holds something that can't be packed. */
async function homeWithVm(name: string): Promise<TatinHome & { disk: string }> {
  const home = new TatinHome();
  const disk = path.join(layDownVm(await Library.open(home.path), name), 'disk.img');
  writeFileSync(disk, randomBytes(3 * megabyte));
  return Object.assign(home, { disk });
}

const silent = { exitCode: 0, out: '' };

describe('tatin push, pull and clone', () => {
  it('carry a VM to another home under several names, with every byte', async () => {
    using one = await homeWithVm('web');
    using other = new TatinHome();
    const image = `${registry.host}/team/web`;
    const pushed = await one.run([
      'push',
      'web',
      `${image}:1.0`,
      image,
      '--label',
      'a=b',
      '--chunk-size',
      '1',
      '--insecure',
    ]);
    expect(pushed).toMatchObject(silent);
    const digest = /Pushed (sha256:[0-9a-f]{64})\n$/.exec(pushed.err)?.[1] ?? '';
    expect(await other.run(['pull', `${image}:1.0`, '--insecure'])).toMatchObject({ ...silent });
    expect((await other.run(['list', '-q'])).out).toBe(`${image}:1.0\n${image}@${digest}\n`);
    const folder = path.join(other.path, 'cache/OCIs', registry.host.replace(':', '%3A'), 'team/web');
    // Tart takes a tag for linked only if its text is this whole path.
    expect(readlinkSync(path.join(folder, '1.0'))).toBe(path.join(folder, digest));
    expect(await other.run(['pull', image, '--insecure'])).toMatchObject({
      exitCode: 0,
      out: `${image}:latest leads to ${image}@${digest} now, which was here already.\n`,
    });
    expect(await other.run(['pull', image, '--insecure'])).toMatchObject({
      exitCode: 0,
      out: `${image}:latest image is already cached and linked!\n`,
    });
    expect((await other.run(['fqn', image])).out).toBe(`${image}@${digest}\n`);
    expect(await other.run(['clone', `${image}@${digest}`, 'copy'])).toMatchObject(silent);
    expect(readFileSync(path.join(other.vms, 'copy/disk.img')).equals(readFileSync(one.disk))).toBe(true);
  });

  it('pull what a clone names if it is not here yet, and leave alone what is', async () => {
    using one = await homeWithVm('web');
    using other = new TatinHome();
    const image = `${registry.host}/team/moving`;
    await one.run(['push', 'web', image, '--insecure']);
    expect(await other.run(['clone', image, 'first', '--insecure'])).toMatchObject(silent);
    writeFileSync(one.disk, randomBytes(megabyte));
    await one.run(['push', 'web', image, '--insecure']);
    expect(await other.run(['clone', image, 'second', '--insecure'])).toMatchObject(silent);
    const size = (name: string) => statSync(path.join(other.vms, name, 'disk.img')).size;
    expect([size('first'), size('second')]).toEqual([3 * megabyte, 3 * megabyte]);
    expect(await other.run(['pull', image, '--insecure'])).toMatchObject(silent);
    await other.run(['clone', image, 'third']);
    expect(size('third')).toBe(megabyte);
    // Nothing leads to the first one any more.
    expect((await other.run(['list', '-q', '--source', 'oci'])).out.trim().split('\n')).toHaveLength(2);
  });

  it('keep a push in the cache if asked to, and give what is there further names without its bytes', async () => {
    using home = await homeWithVm('web');
    const image = `${registry.host}/team/cached`;
    expect(await home.run(['push', 'web', image, '--populate-cache', '--insecure'])).toMatchObject(silent);
    expect((await home.run(['list', '-q', '--source', 'oci'])).out).toContain(`${image}:latest\n`);
    await using proxy = await startFaultProxy(registry.url);
    const through = (name: string) => name.replace(registry.host, proxy.host);
    // The same registry under another name has the same blobs only where they are, so this is in its own repository.
    expect(await home.run(['pull', through(image), '--insecure'])).toMatchObject({ exitCode: 0 });
    proxy.plan([]);
    const before = proxy.requests.length;
    expect(await home.run(['push', through(image), `${through(image)}-copy:2`, '--insecure'])).toMatchObject(silent);
    const asked = proxy.requests.slice(before);
    expect(asked.filter(({ method }) => method === 'PATCH')).toEqual([]);
    expect((await home.run(['pull', `${image}-copy:2`, '--insecure'])).exitCode).toBe(0);
  });

  it('go on after an interruption, and say that they will', async () => {
    using one = await homeWithVm('web');
    using other = new TatinHome();
    writeFileSync(one.disk, randomBytes(24 * megabyte));
    const name = '/team/interrupted:1';
    await one.run(['push', 'web', registry.host + name, '--insecure']);
    await using proxy = await startFaultProxy(registry.url);
    proxy.plan([{ when: ofBlobs, fault: { kind: 'stall', afterBytes: 20 * megabyte } }]);
    const child = other.start(['pull', proxy.host + name, '--insecure']);
    let err = '';
    child.stderr?.on('data', (bytes: Buffer) => (err += bytes.toString()));
    const closed = once(child, 'close');
    const pulls = path.join(other.path, 'cache/Tatin/pulls');
    await vi.waitFor(() => expect(partBytes(pulls)).toBeGreaterThan(8 * megabyte), { timeout: 60_000, interval: 50 });
    child.kill('SIGINT');
    await closed;
    expect(child.exitCode).toBe(1);
    expect(err).toContain('was interrupted.\nWhat is done so far is kept: the same command goes on from there.');
    proxy.plan([]);
    expect((await other.run(['pull', proxy.host + name, '--insecure'])).exitCode).toBe(0);
    const ranges = proxy.requests.filter(ofBlobs).map(({ headers }) => headers.range);
    expect(ranges.at(-1)).toMatch(/^bytes=[1-9]\d*-/);
    await other.run(['clone', proxy.host + name, 'web']);
    expect(readFileSync(path.join(other.vms, 'web/disk.img')).equals(readFileSync(one.disk))).toBe(true);
  });

  it('say what is wrong: no such tag, no registry, a running VM, no name of an image', async () => {
    using home = await homeWithVm('web');
    const fail = async (...args: string[]) => {
      const { exitCode, err } = await home.run([...args, '--insecure']);
      return { exitCode, err };
    };
    expect(await fail('pull', `${registry.host}/team/none:1`)).toMatchObject({ exitCode: 1 });
    expect((await fail('pull', '127.0.0.1:9/team/none')).err).toContain('127.0.0.1:9');
    expect(await fail('push', 'none', `${registry.host}/team/x`)).toMatchObject({ exitCode: 2 });
    expect(await fail('push', 'web', 'nowhere')).toMatchObject({ exitCode: 64 });
    expect((await fail('push', 'web', `${registry.host}/x@sha256:${'0'.repeat(64)}`)).err).toContain('tag instead');
  });
});

/** Bytes on disk of all that is kept of a pull. */
function partBytes(pulls: string): number {
  if (!existsSync(pulls)) return 0;
  const [name = ''] = readdirSync(pulls);
  const disk = path.join(pulls, name, 'image/disk.img');
  return existsSync(disk) ? statSync(disk).blocks * 512 : 0;
}

describe('tatin doctor cache', () => {
  it('finds every image whole, or names the layer that is not', async () => {
    using home = await homeWithVm('web');
    const image = `${registry.host}/team/checked`;
    await home.run(['push', 'web', image, '--populate-cache', '--insecure']);
    const good = await home.run(['doctor', 'cache']);
    expect(good).toMatchObject({ exitCode: 0 });
    expect(good.out).toMatch(/^whole: .*\/team\/checked@sha256:[0-9a-f]{64} \(latest\)\n$/);
    const id = (await home.run(['fqn', image])).out.trim();
    const disk = path.join(home.path, 'cache/OCIs', id.replace(/:(\d+)\//, '%3A$1/').replace('@', '/'), 'disk.img');
    const fd = openSync(disk, 'r+');
    writeSync(fd, 'x', 12_345);
    closeSync(fd);
    const bad = await home.run(['doctor', 'cache', '--json']);
    expect(bad.exitCode).toBe(1);
    expect(JSON.parse(bad.out)).toMatchObject({
      images: [{ id, tags: ['latest'], state: 'damaged', problems: [expect.stringContaining('layer 1 of 1')] }],
    });
  });
});
