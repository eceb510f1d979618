import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { HomeReport } from '../contract/settings.ts';
import { onVolume } from '../library/testing/volume.ts';
import { TatinHome } from './testing/tatin.ts';

/** Elsewhere the environment names the home, which no setting can change. */
const chosen = { TART_HOME: '' };

describe('tatin settings', () => {
  it('keeps what is set, and marks it', async () => {
    using home = new TatinHome();
    expect(await home.run(['settings', 'set', 'registries.insecure', 'localhost:5000,10.0.0.5'])).toMatchObject({
      ...{ exitCode: 0, out: '', err: '' },
    });
    expect((await home.run(['settings', 'get', 'registries.insecure'])).out).toBe('localhost:5000,10.0.0.5\n');
    expect((await home.run(['settings'])).out).toMatch(/^\* registries\.insecure +localhost:5000,10\.0\.0\.5$/m);
    await home.run(['settings', 'reset', '--all']);
    expect((await home.run(['settings', 'get', 'registries.insecure'])).out).toBe('[]\n');
  });

  it('refuses a value that can not be, by its key path, and changes nothing', async () => {
    using home = new TatinHome();
    const file = path.join(home.folder, 'state', 'settings.json');
    await home.run(['settings', 'set', 'registries.insecure', 'localhost:5000']);
    const before = readFileSync(file, 'utf8');
    const wrong = await home.run(['settings', 'set', 'registries.insecure', 'localhost:5000,a_b']);
    expect(wrong.exitCode).toBe(1);
    expect(wrong.err).toContain('registries.insecure[1]:');
    expect((await home.run(['settings', 'set', 'transfers.connections', 'many'])).err).toContain(
      'transfers.connections:',
    );
    expect((await home.run(['settings', 'get', 'no.such.key'])).err).toContain('no.such.key');
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});

describe('tatin home', () => {
  it('adds, uses, moves and forgets homes', async () => {
    using home = new TatinHome();
    const at = (name: string): string => path.join(home.folder, name);
    const run = (...args: string[]) => home.run(args, '', { ...chosen, HOME: home.folder });
    const list = async (): Promise<HomeReport[]> =>
      // What the command promises; its fields are asserted here.
      JSON.parse((await run('home', 'list', '--json')).out) as HomeReport[];
    expect(await run('home', 'use', at('first'))).toMatchObject({ exitCode: 0, err: '' });
    await run('create', '--linux', '--disk-size', '1', 'web');
    expect((await list())[0]).toMatchObject({ path: at('first'), inUse: true, machineCount: 1 });

    expect(await run('home', 'move', at('first'), at('second'))).toMatchObject({ exitCode: 0 });
    expect(existsSync(at('first'))).toBe(false);
    expect((await list()).map(({ path: place, inUse }) => [place, inUse])).toEqual([
      [at('second'), true],
      [at('.tart'), false],
    ]);
    expect((await run('list', '--quiet')).out).toBe('web\n');

    mkdirSync(at('full/vms'), { recursive: true });
    const refused = await run('home', 'move', at('second'), at('full'));
    expect(refused).toMatchObject({ exitCode: 1, err: expect.stringContaining('something in it already') as string });
    expect((await run('home', 'remove', at('second'))).err).toContain('in use');
    expect((await run('home', 'remove', at('.tart'))).exitCode).toBe(0);
    expect((await list()).map(({ path: place }) => place)).toEqual([at('second')]);
  }, 120_000);

  it('whose folder is missing is refused by every command alike, and made by none', async () => {
    using home = new TatinHome();
    const run = (...args: string[]) => home.run(args, '', { ...chosen, HOME: home.folder });
    const place = path.join(home.folder, 'drive');
    await run('home', 'use', place);
    rmSync(place, { recursive: true });
    const refused = await run('get', 'web');
    expect(refused).toMatchObject({ exitCode: 1, err: expect.stringContaining('drive is connected') as string });
    for (const command of [['list'], ['pause', 'web'], ['pull', 'web'], ['fqn', 'ghcr.io/org/image']])
      expect(await run(...command), command[0]).toEqual(refused);
    expect(existsSync(place)).toBe(false);
  }, 60_000);

  it('goes to another volume with its machines, and says that the environment still names the old place', async (context) => {
    using home = new TatinHome();
    const run = (...args: string[]) => home.run(args);
    await run('create', '--linux', '--disk-size', '1', 'web');
    await onVolume(context, 'tmpfs', 200_000_000, async (volume) => {
      const moved = await run('home', 'move', home.path, path.join(volume, 'tart'));
      expect(moved).toMatchObject({
        exitCode: 0,
        err: expect.stringContaining('It goes to another volume: 1 VM') as string,
      });
      expect(moved.err).toContain('TART_HOME still names');
      expect(existsSync(home.path)).toBe(false);
      const there = await home.run(['list', '--quiet'], '', { TART_HOME: path.join(volume, 'tart') });
      expect(there.out).toBe('web\n');
    });
  }, 120_000);

  it('on a drive that is not connected is not made anew, and is back with its drive', async (context) => {
    using home = new TatinHome();
    const run = (...args: string[]) => home.run(args, '', { ...chosen, HOME: home.folder });
    await onVolume(context, 'ext4', 64_000_000, async (point, drive) => {
      const place = path.join(point, 'tart');
      await run('home', 'use', place);
      expect(await run('create', '--linux', '--disk-size', '1', 'web')).toMatchObject({ exitCode: 0 });
      drive.unplug();
      try {
        const gone = await run('create', '--linux', '--disk-size', '1', 'other');
        expect(gone).toMatchObject({ exitCode: 1, err: expect.stringContaining('drive is connected') as string });
        expect((await run('home')).out).toContain(`There is no folder ${place}. If it is on a drive, connect that.`);
        expect(readdirSync(point)).toEqual([]);
      } finally {
        drive.plugIn();
      }
      expect((await run('list', '--quiet')).out).toBe('web\n');
      expect((await run('home')).out).toContain('1 VM with');
    });
  }, 120_000);
});
