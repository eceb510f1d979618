import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { events } from '../../contract/contract.ts';
import type { Image } from '../../contract/images.ts';
import { layDownVm } from '../../library/testing/temporary-home.ts';
import { scanCache } from '../../registry/cache/scan.ts';
import { layDownImage } from '../../registry/cache/testing/cached-image.ts';
import { startRegistry } from '../../registry/client/testing/registry.ts';
import { ServicesLab } from '../testing/services-lab.ts';

const patience = { timeout: 30_000 };
const id = `ghcr.io/org/linux@sha256:${'a'.repeat(64)}`;

describe('images of the cache behind the contract', () => {
  it('become machines, which are listed as their users, and are started if asked to', async () => {
    await using lab = await ServicesLab.open();
    layDownImage(lab.services.library.home);
    const job = await lab.ask('images.clone', { id, name: 'web', start: true });
    expect(job).toMatchObject({ kind: 'clone', title: 'Making web', vmId: 'local:web' });
    expect(await lab.done(job)).toMatchObject({ state: 'succeeded' });
    expect(await lab.ask('vms.get', { id: 'local:web' })).toMatchObject({ state: { phase: 'running' }, os: 'linux' });
    expect(await lab.ask('images.list', {})).toMatchObject([{ id, tags: ['latest'], usedBy: ['local:web'] }]);
    await lab.ask('machines.forceStop', { id: 'local:web' });
    await lab.done(await lab.ask('vms.clone', { id: 'local:web', name: 'copy' }));
    expect(await lab.ask('images.list', {})).toMatchObject([{ usedBy: ['local:copy', 'local:web'] }]);
    await lab.ask('vms.delete', { id: 'local:web', permanently: true });
    await lab.ask('vms.delete', { id: 'local:copy', permanently: true });
    expect(await lab.ask('images.list', {})).toMatchObject([{ usedBy: [] }]);
  });

  it('are refused at once where nothing can be made of them', async () => {
    await using lab = await ServicesLab.open();
    layDownImage(lab.services.library.home);
    await lab.done(await lab.ask('images.clone', { id, name: 'web' }));
    const clone = (name: string, image = id) => lab.ask('images.clone', { id: image, name });
    await expect(clone('web')).rejects.toMatchObject({ code: 'vm-exists' });
    await expect(clone('a/b')).rejects.toMatchObject({ code: 'name-not-allowed' });
    await expect(clone('x', 'ghcr.io/org/none@sha256:0')).rejects.toMatchObject({ code: 'image-not-found' });
  });

  it('can be pinned, pruned with a preview, and deleted', async () => {
    await using lab = await ServicesLab.open();
    const { home } = lab.services.library;
    const old = layDownImage(home, { daysUnused: 50 });
    const older = layDownImage(home, { digit: 'b', tags: ['older'], daysUnused: 99 });
    await lab.ask('images.pin', { id, pinned: true });
    const rule = { olderThanDays: 30 };
    const preview = await lab.ask('images.prunePreview', rule);
    expect(preview.candidates.map(({ name, keptBecause }) => [name, keptBecause])).toEqual([
      ['ghcr.io/org/linux:latest', 'Pinned'],
      ['ghcr.io/org/linux:older', undefined],
    ]);
    expect(await lab.done(await lab.ask('images.prune', rule))).toMatchObject({ kind: 'prune', state: 'succeeded' });
    expect([old, older].map((folder) => existsSync(folder))).toEqual([true, false]);
    const ids = ['gone', id, 'gone too'];
    await expect(lab.ask('images.delete', { ids })).rejects.toMatchObject({
      code: 'image-not-found',
      message: expect.stringMatching(/^2 images stay/) as string,
    });
    expect(await lab.ask('images.list', {})).toEqual([]);
    await expect(lab.ask('images.pin', { id, pinned: true })).rejects.toMatchObject({ code: 'image-not-found' });
    await expect(lab.ask('images.prune', {})).rejects.toMatchObject({ code: 'invalid-input' });
  });

  it('are verified as a job, which names what is damaged and what nothing can be said of', async () => {
    await using registry = await startRegistry();
    await using lab = await ServicesLab.open();
    const { library } = lab.services;
    writeFileSync(path.join(layDownVm(library, 'web'), 'disk.img'), randomBytes(300_000));
    const reference = `${registry.host}/team/web:1`;
    const source = { from: 'vm', id: 'local:web' } as const;
    await lab.done(await lab.ask('images.push', { source, references: [reference], insecure: true }));
    await lab.done(await lab.ask('images.pull', { reference, insecure: true }));
    const [pulled] = await lab.ask('images.list', {});
    const ids = [pulled?.id ?? ''];
    const whole = await lab.done(await lab.ask('images.verify', { ids }));
    expect(whole).toMatchObject({ kind: 'verify', title: `Verifying ${reference}`, state: 'succeeded' });

    layDownImage(library.home);
    const verify = async (which: string[]) =>
      await lab.services.jobs.ended((await lab.ask('images.verify', { ids: which })).id);
    expect(await verify([id])).toMatchObject({ state: 'failed', error: { code: 'image-not-supported' } });

    const folder = scanCache(library.home.cache).images.find((image) => image.id === ids[0])?.folder ?? '';
    const disk = path.join(folder, 'disk.img');
    chmodSync(disk, 0o644);
    const bytes = readFileSync(disk);
    bytes.writeUInt8(bytes.readUInt8(1000) ^ 1, 1000);
    writeFileSync(disk, bytes);
    expect(await verify([id, ...ids])).toMatchObject({
      title: 'Verifying 2 images',
      state: 'failed',
      canRetry: true,
      error: {
        code: 'image-damaged',
        message: `${reference} is damaged.`,
        details: expect.stringMatching(/layer 1 of 1/) as string,
      },
    });
    await expect(lab.ask('images.verify', { ids: ['gone'] })).rejects.toMatchObject({ code: 'image-not-found' });
  });

  it('are pruned only as far as a person chose, machines too', async () => {
    await using lab = await ServicesLab.open();
    layDownImage(lab.services.library.home);
    for (const name of ['a', 'b', 'c']) await lab.done(await lab.ask('images.clone', { id, name }));
    await lab.ask('machines.start', { id: 'local:c' });
    await lab.done(await lab.ask('images.prune', { entries: 'vms', only: ['local:a'] }));
    expect((await lab.ask('vms.list', {})).map(({ name }) => name)).toEqual(['b', 'c']);
  });

  it('tell of every change while somebody listens, within the contract', async () => {
    await using lab = await ServicesLab.open();
    const { home } = lab.services.library;
    let images: Image[] = [];
    const off = lab.services.backend.subscribe((name, payload) => {
      if (name === 'images.replaced') ({ images } = events['images.replaced'].parse(payload));
    });
    layDownImage(home);
    await vi.waitFor(() => expect(images).toMatchObject([{ id, usedBy: [] }]), patience);
    await lab.done(await lab.ask('images.clone', { id, name: 'web' }));
    await vi.waitFor(() => expect(images).toMatchObject([{ id, usedBy: ['local:web'] }]), patience);
    await lab.ask('images.pin', { id, pinned: true });
    await vi.waitFor(() => expect(images).toMatchObject([{ pinned: true }]), patience);
    await lab.ask('images.delete', { ids: [id] });
    await vi.waitFor(() => expect(images).toEqual([]), patience);
    off();
  });

  it('tell whoever begins to listen of the next change, whatever others heard last', async () => {
    await using lab = await ServicesLab.open();
    const { home } = lab.services.library;
    const listen = (): { images: Image[][]; off: () => void } => {
      const images: Image[][] = [];
      const off = lab.services.backend.subscribe((name, payload) => {
        if (name === 'images.replaced') images.push(events['images.replaced'].parse(payload).images);
      });
      return { images, off };
    };
    const first = listen();
    layDownImage(home);
    await vi.waitFor(() => expect(first.images.at(-1)).toHaveLength(1), patience);
    await lab.ask('images.delete', { ids: [id] });
    await vi.waitFor(() => expect(first.images.at(-1)).toEqual([]), patience);
    first.off();
    layDownImage(home);
    const second = listen();
    expect(await lab.ask('images.list', {})).toHaveLength(1);
    await lab.ask('images.delete', { ids: [id] });
    await vi.waitFor(() => expect(second.images.at(-1)).toEqual([]), patience);
    second.off();
  });
});
