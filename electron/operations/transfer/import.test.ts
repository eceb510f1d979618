import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ByteChannel } from '../../contract/contract.ts';
import { ServicesLab } from '../testing/services-lab.ts';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 30_000 };

const mebibyte = 1024 ** 2;
let lab: ServicesLab;
beforeEach(async () => {
  lab = await ServicesLab.open();
});
afterEach(async () => {
  await lab[Symbol.asyncDispose]();
});

const disk = (): Buffer => Buffer.concat([randomBytes(mebibyte), Buffer.alloc(3 * mebibyte)]);
const staged = (): string[] => readdirSync(lab.at('home', 'tmp'));

async function openUpload(uploadId: string, offset: number): Promise<ByteChannel> {
  const { signal } = new AbortController();
  return await lab.services.backend.openChannel('upload', { uploadId, offset }, signal);
}

/** Sends a file as a page does, and gives its id. */
async function upload(name: string, bytes: Buffer): Promise<string> {
  const uploadId = crypto.randomUUID();
  await lab.ask('uploads.begin', { uploadId, name, sizeBytes: bytes.length });
  const channel = await openUpload(uploadId, 0);
  const closed = new Promise<string | undefined>((resolve) => channel.onClose(resolve));
  for (let at = 0; at < bytes.length; at += 300_000) await channel.send(bytes.subarray(at, at + 300_000));
  expect(await closed).toBeUndefined();
  return uploadId;
}

/** Sends a folder as a page does: its files one after the other, in the order of their paths. */
async function uploadFolder(name: string, files: Record<string, Buffer>): Promise<string> {
  const uploadId = crypto.randomUUID();
  const entries = Object.entries(files);
  const bytes = Buffer.concat(entries.map(([, content]) => content));
  await lab.ask('uploads.begin', {
    uploadId,
    name,
    sizeBytes: bytes.length,
    files: entries.map(([file, content]) => ({ path: file, sizeBytes: content.length })),
  });
  const channel = await openUpload(uploadId, 0);
  for (let at = 0; at < bytes.length; at += 300_000) await channel.send(bytes.subarray(at, at + 300_000));
  return uploadId;
}

describe('imports', () => {
  it('say what a file is and make a machine of it', async () => {
    const bytes = disk();
    writeFileSync(lab.at('my.img'), bytes);
    const source = { from: 'path' as const, path: lab.at('my.img') };
    expect(await lab.ask('imports.inspect', { source })).toMatchObject({
      result: 'machine',
      kind: 'raw',
      suggestedName: 'my',
      canMove: true,
      disks: [{ name: 'my.img', bytes: 4 * mebibyte }],
    });
    const job = await lab.ask('imports.start', { source, name: 'my', arch: 'amd64', start: true });
    expect(job).toMatchObject({ kind: 'import', title: 'Importing my.img as my', vmId: 'local:my' });
    await lab.done(job);
    expect(readFileSync(lab.at('home', 'vms', 'my', 'disk.img')).equals(bytes)).toBe(true);
    expect(lab.driver.started.map(({ name }) => name)).toEqual(['my']);
  });

  it('delete what they keep of a long disk when they are called off for good', async () => {
    writeFileSync(lab.at('my.img'), disk());
    const kept = lab.at('home', 'cache', 'Tatin', 'imports', 'key');
    mkdirSync(kept, { recursive: true });
    const note = { version: 1, doneBytes: 1, lengthBytes: 2, owner: lab.at('my.img') };
    writeFileSync(path.join(kept, 'kept.json'), JSON.stringify(note));
    const source = { from: 'path' as const, path: lab.at('my.img') };
    const job = await lab.ask('imports.start', { source, name: 'my', arch: 'amd64' });
    expect(job).toMatchObject({ canPause: true });
    await lab.ask('jobs.cancel', { jobId: job.id });
    expect((await lab.services.jobs.ended(job.id)).state).toBe('cancelled');
    await expect.poll(() => existsSync(kept), patience).toBe(false);
  });

  it('say what is wrong with what they refuse', async () => {
    writeFileSync(lab.at('x.qcow2'), '%PDF-1.4');
    const source = { from: 'path' as const, path: lab.at('x.qcow2') };
    expect(await lab.ask('imports.inspect', { source })).toMatchObject({
      result: 'refused',
      title: 'PDF document',
      error: { code: 'image-not-supported' },
    });
    await expect(lab.ask('imports.start', { source, name: 'x' })).rejects.toMatchObject({
      code: 'image-not-supported',
    });
    const missing = { from: 'path' as const, path: lab.at('missing') };
    await expect(lab.ask('imports.inspect', { source: missing })).rejects.toMatchObject({ code: 'file-not-found' });
    const relative = { from: 'path' as const, path: 'x.qcow2' };
    await expect(lab.ask('imports.inspect', { source: relative })).rejects.toMatchObject({ code: 'invalid-input' });
  });

  it('refuse a machine of the library itself', async () => {
    await lab.done(await lab.ask('vms.create', { name: 'a', source: { from: 'empty' }, diskBytes: mebibyte }));
    const source = { from: 'path' as const, path: lab.at('home', 'vms', 'a') };
    expect(await lab.ask('imports.inspect', { source })).toMatchObject({ result: 'refused' });
    await expect(lab.ask('imports.start', { source, name: 'b' })).rejects.toThrow(/in the library already/);
  });
});

describe('uploads', () => {
  it('become a machine, with holes where they had zeros, and leave nothing behind', async () => {
    const bytes = disk();
    const uploadId = await upload('my disk.img', bytes);
    const source = { from: 'upload' as const, uploadId };
    expect(await lab.ask('imports.inspect', { source })).toMatchObject({
      result: 'machine',
      name: 'my disk.img',
      suggestedName: 'my disk',
      canMove: false,
    });
    await lab.done(await lab.ask('imports.start', { source, name: 'my', arch: 'arm64' }));
    const made = lab.at('home', 'vms', 'my', 'disk.img');
    expect(readFileSync(made).equals(bytes)).toBe(true);
    expect(statSync(made).blocks * 512).toBeLessThan(2 * mebibyte);
    expect(staged()).toEqual([]);
  });

  it('go on after a lost connection from where they were', async () => {
    const bytes = disk();
    const [uploadId, name, sizeBytes] = [crypto.randomUUID(), 'a.img', bytes.length];
    await lab.ask('uploads.begin', { uploadId, name, sizeBytes });
    const lost = await openUpload(uploadId, 0);
    await lost.send(bytes.subarray(0, 700_000));
    lost.close();
    const { receivedBytes } = await lab.ask('uploads.begin', { uploadId, name, sizeBytes });
    expect(receivedBytes).toBe(700_000);
    await expect(openUpload(uploadId, 0)).rejects.toMatchObject({ code: 'invalid-input' });
    const again = await openUpload(uploadId, receivedBytes);
    await again.send(bytes.subarray(receivedBytes));
    await lab.done(await lab.ask('imports.start', { source: { from: 'upload', uploadId }, name: 'a', arch: 'arm64' }));
    expect(readFileSync(lab.at('home', 'vms', 'a', 'disk.img')).equals(bytes)).toBe(true);
  });

  it('can’t be used before they are whole, nor have more than was said', async () => {
    const uploadId = crypto.randomUUID();
    await lab.ask('uploads.begin', { uploadId, name: '../../etc/passwd', sizeBytes: 1000 });
    const source = { from: 'upload' as const, uploadId };
    await expect(lab.ask('imports.inspect', { source })).rejects.toMatchObject({ code: 'invalid-input' });
    const channel = await openUpload(uploadId, 0);
    await expect(channel.send(Buffer.alloc(2000))).rejects.toMatchObject({ code: 'invalid-input' });
    expect(existsSync(lab.at('etc'))).toBe(false);
    await lab.ask('uploads.discard', { uploadId });
    expect(staged()).toEqual([]);
    await expect(lab.ask('imports.inspect', { source })).rejects.toMatchObject({ code: 'file-not-found' });
  });

  it('are kept for another try of a job, and go when it is taken off the list', async () => {
    const uploadId = await upload('a.img', disk());
    const request = { source: { from: 'upload' as const, uploadId }, name: 'a', arch: 'arm64' as const };
    lab.services.jobs.onChange((change) => {
      if (change.kind === 'changed' && change.job.state === 'running') void lab.services.jobs.cancel(change.job.id);
    });
    const job = await lab.ask('imports.start', request);
    expect(await lab.services.jobs.ended(job.id)).toMatchObject({ state: 'cancelled', canRetry: true });
    expect(staged()).toHaveLength(1);
    expect(await lab.ask('vms.list', {})).toEqual([]);
    await lab.ask('jobs.dismiss', { jobId: job.id });
    await expect.poll(staged, patience).toEqual([]);
  });

  it('are tried again after a failure with what was sent', async () => {
    const uploadId = await upload('a.img', disk());
    const request = { source: { from: 'upload' as const, uploadId }, name: 'a', arch: 'arm64' as const };
    const off = lab.services.jobs.onChange((change) => {
      if (change.kind === 'changed' && change.job.state === 'running') void lab.services.jobs.cancel(change.job.id);
    });
    const job = await lab.ask('imports.start', request);
    await lab.services.jobs.ended(job.id);
    off();
    await lab.done(await lab.ask('jobs.retry', { jobId: job.id }));
    expect((await lab.ask('vms.list', {})).map(({ name }) => name)).toContain('a');
    await expect.poll(staged, patience).toEqual([]);
  });

  it('of a folder become the machine that it is', async () => {
    const bytes = disk();
    const plist = `<?xml version="1.0"?><plist version="1.0"><dict>
      <key>Backend</key><string>QEMU</string><key>ConfigurationVersion</key><integer>4</integer>
      <key>Information</key><dict><key>Name</key><string>Sent</string></dict>
      <key>System</key><dict><key>Architecture</key><string>aarch64</string><key>MemorySize</key><integer>512</integer></dict>
      <key>QEMU</key><dict><key>UEFIBoot</key><true/></dict>
      <key>Drive</key><array><dict><key>ImageName</key><string>disk.img</string><key>ImageType</key><string>Disk</string></dict></array>
      </dict></plist>`;
    const uploadId = await uploadFolder('Sent.utm', {
      'Data/disk.img': bytes,
      'Data/empty': Buffer.alloc(0),
      'config.plist': Buffer.from(plist),
    });
    const source = { from: 'upload' as const, uploadId };
    expect(await lab.ask('imports.inspect', { source })).toMatchObject({
      result: 'machine',
      kind: 'utm',
      canMove: false,
    });
    await lab.done(await lab.ask('imports.start', { source, name: 'sent' }));
    expect(readFileSync(lab.at('home', 'vms', 'sent', 'disk.img')).equals(bytes)).toBe(true);
    expect(staged()).toEqual([]);
  });

  it('of a folder of several are imported one by one, and go with the last', async () => {
    const [one, two] = [disk(), disk()];
    const uploadId = await uploadFolder('Disks', { 'one.img': one, 'read.me': Buffer.from('text'), 'two.img': two });
    const report = await lab.ask('imports.inspect', { source: { from: 'upload', uploadId } });
    expect(report).toMatchObject({
      result: 'several',
      othersCount: 1,
      sources: ['one.img', 'two.img'].map((part) => ({ from: 'upload', uploadId, part })),
    });
    for (const [name, bytes] of [
      ['one', one],
      ['two', two],
    ] as const) {
      const source = { from: 'upload' as const, uploadId, part: `${name}.img` };
      expect(await lab.ask('imports.inspect', { source })).toMatchObject({ result: 'machine', suggestedName: name });
      await lab.done(await lab.ask('imports.start', { source, name, arch: 'arm64' }));
      expect(readFileSync(lab.at('home', 'vms', name, 'disk.img')).equals(bytes)).toBe(true);
      expect(staged()).toHaveLength(1);
    }
    await lab.ask('uploads.discard', { uploadId });
    expect(staged()).toEqual([]);
  });

  it('of a folder never lead out of it, nor have two files of one name', async () => {
    const begin = (...files: string[]) =>
      lab.ask('uploads.begin', {
        uploadId: crypto.randomUUID(),
        name: 'Bad',
        sizeBytes: files.length,
        files: files.map((file) => ({ path: file, sizeBytes: 1 })),
      });
    for (const file of [
      '../x',
      '/x',
      'a/../../x',
      'a//b',
      '.',
      'a/.',
      'a\0b',
      'a\nb',
      'x'.repeat(300),
      'a/'.repeat(20),
    ])
      await expect(begin(file), file).rejects.toMatchObject({ code: 'invalid-input' });
    for (const paths of [
      ['a', 'a'],
      ['a', 'A'],
      ['a', 'a/b'],
      ['a/b', 'A'],
      ['\u00e9', 'e\u0301'],
    ])
      await expect(begin(...paths), paths.join()).rejects.toMatchObject({ code: 'invalid-input' });
    expect(staged()).toEqual([]);
    expect(existsSync(lab.at('x'))).toBe(false);
    const lying = { uploadId: crypto.randomUUID(), name: 'Bad', sizeBytes: 5, files: [{ path: 'a', sizeBytes: 1 }] };
    await expect(lab.ask('uploads.begin', lying)).rejects.toMatchObject({ code: 'invalid-input' });
    const uploadId = await uploadFolder('Good', { a: Buffer.from('x') });
    for (const part of ['../Good', 'b', 'a/b', ''])
      await expect(lab.ask('imports.inspect', { source: { from: 'upload', uploadId, part } }), part).rejects.toThrow();
  });

  it('of an installer disc stay for the machine that has it in its drive', async () => {
    const bytes = Buffer.alloc(60 * 2048);
    bytes.write('\u0001CD001\u0001', 16 * 2048, 'latin1');
    bytes.write('NET-INSTALL', 16 * 2048 + 40, 'latin1');
    bytes.write('\u0000CD001\u0001EL TORITO SPECIFICATION', 17 * 2048, 'latin1');
    bytes.writeUInt32LE(20, 17 * 2048 + 0x47);
    bytes.write('\u0001\u0000', 20 * 2048, 'latin1');
    bytes.writeUInt8(0x88, 20 * 2048 + 32);
    bytes.write('\u00ffCD001', 18 * 2048, 'latin1');
    const report = await lab.ask('imports.inspect', {
      source: { from: 'upload', uploadId: await upload('net.iso', bytes) },
    });
    expect(report).toMatchObject({ result: 'installer', title: 'Installer disc “NET-INSTALL”', arch: 'amd64' });
    if (report.result !== 'installer') return;
    expect(readFileSync(report.isoPath).equals(bytes)).toBe(true);
    expect(staged()).toEqual([]);
  });
});

describe('exports', () => {
  it('say what they would write, and write it', async () => {
    await lab.done(await lab.ask('vms.create', { name: 'a', source: { from: 'empty' }, diskBytes: mebibyte }));
    const request = { id: 'local:a', path: lab.at(), format: 'qcow2' as const };
    expect(await lab.ask('exports.inspect', request)).toMatchObject({ path: lab.at('a.qcow2'), exists: false });
    const job = await lab.ask('exports.start', request);
    expect(job).toMatchObject({ kind: 'export', title: 'Exporting a to a.qcow2' });
    await lab.done(job);
    expect(readFileSync(lab.at('a.qcow2')).subarray(0, 3).toString()).toBe('QFI');
    expect(await lab.ask('exports.inspect', request)).toMatchObject({ exists: true });
    const again = await lab.ask('exports.start', request);
    expect(await lab.services.jobs.ended(again.id)).toMatchObject({ state: 'failed', error: { code: 'file-exists' } });
  });

  it('that were killed elsewhere are cleaned up after by the next Tatin', async () => {
    const aside = lab.at('out', `.${crypto.randomUUID()}.tatin-partial`);
    mkdirSync(aside, { recursive: true });
    writeFileSync(path.join(aside, 'export'), 'half of it');
    const notes = lab.at('home', 'cache', 'Tatin', 'exports');
    mkdirSync(notes, { recursive: true });
    writeFileSync(path.join(notes, 'a.json'), JSON.stringify({ aside, device: statSync(lab.at('out')).dev }));
    // Somebody's own folder, named by a note that is none of ours.
    mkdirSync(lab.at('mine'));
    writeFileSync(path.join(notes, 'b.json'), JSON.stringify({ aside: lab.at('mine'), device: 1 }));
    await lab.restart();
    await expect.poll(() => readdirSync(notes), patience).toEqual([]);
    expect(readdirSync(lab.at('out'))).toEqual([]);
    expect(existsSync(lab.at('mine'))).toBe(true);
  });

  it('refuse places in the library', async () => {
    await lab.done(await lab.ask('vms.create', { name: 'a', source: { from: 'empty' }, diskBytes: mebibyte }));
    const request = { id: 'local:a', path: lab.at('home', 'vms', 'a', 'x.tvm') };
    expect(await lab.ask('exports.inspect', request)).toMatchObject({ problem: { code: 'invalid-input' } });
    await expect(lab.ask('exports.start', request)).rejects.toMatchObject({ code: 'invalid-input' });
  });
});
