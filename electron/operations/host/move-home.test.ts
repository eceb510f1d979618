import { existsSync, renameSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import { Library } from '../../library/library.ts';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { useHome } from '../../settings/homes.ts';
import { openAllServices } from '../open-services.ts';
import { FakeDriver } from '../testing/fake-driver.ts';

let folder: ReturnType<typeof temporaryFolder>;
const at = (...names: string[]): string => path.join(folder.path, ...names);
const context = { signal: new AbortController().signal };

beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv('TATIN_STATE', at('state'));
  vi.stubEnv('TATIN_RUNTIME', at('run'));
  vi.stubEnv('TART_HOME', '');
  vi.stubEnv('HOME', folder.path);
});
afterEach(() => {
  vi.unstubAllEnvs();
  folder[Symbol.dispose]();
});

describe('The move of a home', () => {
  it('goes on as the job that it was, when that is asked for again', async () => {
    await Library.open(at('old'));
    await using services = await openAllServices({ home: at('home'), driver: new FakeDriver() });
    const { id } = services.jobs.start({
      ...{
        kind: 'move',
        title: 'Moving',
        request: { procedure: 'homes.move', input: { from: at('old'), to: at('new') } },
      },
      run: () => Promise.reject(new AppError('no-space', 'There is no room.')),
    });
    expect(await services.jobs.ended(id)).toMatchObject({ state: 'failed' });
    const again = await services.backend.handlers['jobs.retry']({ jobId: id }, context);
    expect(await services.jobs.ended(again.id)).toMatchObject({ state: 'succeeded' });
    expect([existsSync(at('old')), existsSync(at('new'))]).toEqual([false, true]);
  });
});

describe('A home whose drive is not connected', () => {
  it('is waited for by what is open, and made by nobody', async () => {
    await useHome(at('tart'));
    renameSync(at('tart'), at('unplugged'));
    await using services = await openAllServices({ driver: new FakeDriver() });
    const list = () => services.library.list();
    await expect(list()).rejects.toMatchObject({ code: 'home-unavailable' });
    expect((await services.backend.handlers['homes.list']({}, context))[0]).toMatchObject({
      ...{ path: at('tart'), unavailable: expect.stringContaining('no folder') as string },
    });
    expect(existsSync(at('tart'))).toBe(false);
    renameSync(at('unplugged'), at('tart'));
    expect(await list()).toEqual([]);
  });
});
