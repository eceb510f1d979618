import { existsSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { events } from '../contract/contract.ts';
import type { Image } from '../contract/images.ts';
import { layDownImage } from '../registry/cache/testing/cached-image.ts';
import { ServicesLab } from './testing/services-lab.ts';

const patience = { timeout: 20_000 };
const id = `ghcr.io/org/linux@sha256:${'a'.repeat(64)}`;

describe('images of the cache behind the contract', () => {
  it('become machines, which are listed as their users, and are started if asked to', async () => {
    await using lab = await ServicesLab.open();
    layDownImage(lab.services.library.home);
    const job = await lab.ask('images.clone', { id, name: 'web', start: true });
    expect(job).toMatchObject({ kind: 'clone', title: 'Making web', vmId: 'local:web' });
    expect(await lab.done(job)).toMatchObject({ state: 'succeeded', fraction: 1 });
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
    await lab.ask('images.delete', { ids: [id] });
    expect(await lab.ask('images.list', {})).toEqual([]);
    await expect(lab.ask('images.pin', { id, pinned: true })).rejects.toMatchObject({ code: 'image-not-found' });
    await expect(lab.ask('images.prune', {})).rejects.toMatchObject({ code: 'invalid-input' });
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
});
