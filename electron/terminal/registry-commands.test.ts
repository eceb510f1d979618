import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  openSync,
  readSync,
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
import { OtherProgram } from '../library/testing/other-program.ts';
import { layDownVm } from '../library/testing/temporary-home.ts';
import { ofBlobs, startFaultProxy } from '../registry/client/testing/fault-proxy.ts';
import { startRegistry, testLogin, type TestRegistry } from '../registry/client/testing/registry.ts';
import { builtCli, TatinHome } from './testing/tatin.ts';
import { terminalDriver } from './testing/terminal-driver.ts';

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
    expect(err).toContain('was interrupted.\nWhat is done so far is kept: the same command continues from there.');
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
    const byte = Buffer.alloc(1);
    readSync(fd, byte, 0, 1, 12_345);
    writeSync(fd, Buffer.of(byte.readUInt8() ^ 0xff), 0, 1, 12_345);
    closeSync(fd);
    const bad = await home.run(['doctor', 'cache', '--json']);
    expect(bad.exitCode).toBe(1);
    expect(JSON.parse(bad.out)).toMatchObject({
      images: [{ id, tags: ['latest'], state: 'damaged', problems: [expect.stringContaining('layer 1 of 1')] }],
    });
  });
});

describe('a registry that wants a login', () => {
  const environment = { TART_REGISTRY_USERNAME: testLogin.username, TART_REGISTRY_PASSWORD: testLogin.password };

  it('is told who asks by the environment, over TLS with an authority that was named', async () => {
    await using guarded = await startRegistry({ tls: true, htpasswd: true });
    using home = await homeWithVm('web');
    const image = `${guarded.host}/team/web`;
    const ca = { NODE_EXTRA_CA_CERTS: guarded.caFile ?? '' };
    expect((await home.run(['push', 'web', image])).err).toContain('certificate');
    const stranger = await home.run(['push', 'web', image], '', ca);
    expect(stranger).toMatchObject({ exitCode: 1 });
    expect(stranger.err).toContain(`tatin login ${guarded.host}`);
    expect(await home.run(['push', 'web', image, '--populate-cache'], '', { ...ca, ...environment })).toMatchObject(
      silent,
    );
    const elsewhere = { ...environment, TART_REGISTRY_HOSTNAME: 'ghcr.io' };
    expect(await home.run(['push', 'web', image], '', { ...ca, ...elsewhere })).toMatchObject({ exitCode: 1 });
  });

  it('is tried before a login is kept, and the password is nowhere to be seen', async () => {
    await using guarded = await startRegistry({ htpasswd: true });
    using home = new TatinHome();
    const args = ['login', guarded.host, '--username', testLogin.username, '--password-stdin', '--insecure'];
    const refused = await home.run(args, 'wrong-secret\n');
    expect(refused).toMatchObject({ exitCode: 1, out: '' });
    expect(refused.err).not.toContain('wrong-secret');
    expect(await home.run(['login', guarded.host, '--username', 'x'])).toMatchObject({ exitCode: 64 });
    expect((await home.run(['login', guarded.host])).err).toContain('--password-stdin');
    expect((await home.run(['login', 'not/a/host'], '')).exitCode).toBe(1);
  });

  it('is logged in to by a person at a terminal, who sees no password, until they log out', async () => {
    await using guarded = await startRegistry({ htpasswd: true });
    using home = await homeWithVm('web');
    // A keyring of its own, unlocked, for as long as the session lasts.
    const tatin = `${process.execPath} ${builtCli}`;
    const script = [
      'printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1',
      `${tatin} login ${guarded.host} --insecure && ${tatin} push web ${guarded.host}/team/web --insecure && echo PUSHED`,
      `${tatin} logout ${guarded.host}; ${tatin} push web ${guarded.host}/team/web:2 --insecure || echo REFUSED`,
    ].join('\n');
    const data = path.join(home.folder, 'data');
    const own = { ...home.environment, XDG_DATA_HOME: data, HOME: home.folder, CI: '1' };
    const words = Object.entries(own).map(([key, value]) => `${key}=${value}`);
    await using person = OtherProgram.python(
      terminalDriver,
      'env',
      '-i',
      ...words,
      'dbus-run-session',
      '--',
      'bash',
      '-c',
      script,
    );
    const say = async (line: string): Promise<string> => {
      person.say(line);
      return await person.line();
    };
    expect(await say('wait User: ')).toBe('shown');
    await say(`type ${testLogin.username}\\r`);
    expect(await say(`wait ${testLogin.username}`)).toBe('shown');
    expect(await say('wait Password: ')).toBe('shown');
    person.say(`type ${escaped(testLogin.password)}\\r`);
    await person.line();
    expect(await say('wait PUSHED')).toBe('shown');
    expect(await say('wait REFUSED')).toBe('shown');
    expect(await say('end')).toBe('0');
  });
});

/** As the terminal's driver takes bytes. */
function escaped(text: string): string {
  return [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}
