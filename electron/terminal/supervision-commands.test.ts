import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAnnotations } from '../library/annotations.ts';
import { Library } from '../library/library.ts';
import { layDownVm } from '../library/testing/temporary-home.ts';
import { noteEvent } from '../library/vm-events.ts';
import { supervisionFile, writeSupervision } from '../supervision/supervision-file.ts';
import { TatinHome } from './testing/tatin.ts';

async function homeWith(name: string): Promise<TatinHome & { library: Library; place: string }> {
  const home = new TatinHome();
  const library = await Library.open(home.path);
  return Object.assign(home, { library, place: layDownVm(library, name) });
}

const silent = { exitCode: 0, out: '', err: '' };

describe('tatin set', () => {
  it('sets how a machine is looked after, keeps what is not named, and takes it away', async () => {
    using home = await homeWith('web');
    const { place } = home;
    expect(
      await home.run([
        ...['set', 'web', '--autostart', 'on', '--restart', 'always', '--health', 'http:8080/health'],
        ...['--health-interval', '10', '--health-on-failure', 'restart'],
        ...['--schedule', 'start Mon-Fri 8:00', '--schedule', 'suspend daily 19:30'],
      ]),
    ).toEqual(silent);
    expect(await home.run(['set', 'web', '--health-retries', '5'])).toEqual(silent);
    const annotations = readAnnotations(place);
    expect(annotations).toMatchObject({
      autostart: true,
      restart: 'always',
      health: {
        check: { by: 'http', port: 8080, path: '/health' },
        ...{ intervalSeconds: 10, timeoutSeconds: 5, retries: 5, startSeconds: 90, onFailure: 'restart' },
      },
    });
    expect(annotations.schedule).toMatchObject([
      { action: 'start', time: '08:00', days: ['mon', 'tue', 'wed', 'thu', 'fri'] },
      { action: 'suspend', time: '19:30' },
    ]);
    expect(await home.run(['set', 'web', '--health', 'off', '--schedule', 'off'])).toEqual(silent);
    expect(readAnnotations(place)).toMatchObject({ health: null, schedule: [], restart: 'always' });
  });

  it.each([
    [['--health', 'tcp:0'], 64, /must look like agent, tcp:22/],
    [['--schedule', 'start mon 25:00'], 64, /must look like "start mon-fri 08:00"/],
    [['--health-retries', '3'], 1, /no health check yet/],
    [['--health', 'off', '--health-interval', '3'], 1, /leaves nothing to measure/],
    [['--schedule', 'off', '--schedule', 'start mon 08:00'], 1, /exclude each other/],
  ])('refuses %j and changes nothing', async (options, exitCode, says) => {
    using home = await homeWith('web');
    const outcome = await home.run(['set', 'web', ...options, '--restart', 'always']);
    expect(outcome).toMatchObject({ exitCode, out: '', err: expect.stringMatching(says) as string });
    expect(readAnnotations(home.place).restart).toBe('never');
  });
});

describe('tatin status', () => {
  it('says how machines stand as the supervisor wrote it down', async () => {
    using home = await homeWith('web');
    layDownVm(home.library, 'other');
    await home.run(['set', 'web', '--restart', 'on-failure', '--health', 'agent']);
    expect((await home.run(['status'])).out).toBe(
      'Name  State   Health      Restart    Next\nother stopped none        never\nweb   stopped not checked on-failure\n',
    );
    const at = new Date(Date.now() + 3_600_500).toISOString();
    const health = { state: 'unhealthy', since: at, failures: 3, reason: 'No answer.' } as const;
    const supervision = { health, nextTry: { at, attempt: 2, reason: 'It crashed.' } };
    const file = supervisionFile(path.join(home.path, 'cache'));
    const write = (pid: number): Promise<void> =>
      writeSupervision(file, { pid, machines: new Map([['web', { supervision }]]) });
    await write(process.pid);
    const { out } = await home.run(['status', 'web']);
    expect(out).toMatch(/^Health {13}unhealthy\n {19}No answer\.\nHealth check {7}agent every 30 s$/m);
    expect(out).toMatch(/^Next {15}start in (59 minutes|1 hour), attempt 2$/m);
    expect(JSON.parse((await home.run(['status', '--format', 'json'])).out)).toMatchObject([
      { name: 'other' },
      { name: 'web', health: { state: 'unhealthy' }, nextTry: { attempt: 2 } },
    ]);
    // One that was killed keeps no machine: a pid that no process can have (Linux' largest is 2^22).
    await write(2 ** 22 + 1);
    expect((await home.run(['status', 'web'])).out).toMatch(/^Health {13}not checked$/m);
  });

  it('knows no machine of another name', async () => {
    using home = await homeWith('web');
    expect(await home.run(['status', 'none'])).toMatchObject({ exitCode: 2, out: '' });
  });
});

describe('tatin events', () => {
  it('tells of health too', async () => {
    using home = await homeWith('web');
    await noteEvent(home.place, { kind: 'unhealthy', reason: 'No answer.' });
    await noteEvent(home.place, { kind: 'healthy' });
    const { out } = await home.run(['events', 'web']);
    expect(out.split('\n').map((line) => line.replace(/^.*(ago|now|Ago) +/, ''))).toEqual([
      'What',
      'healthy again',
      'unhealthy: No answer.',
      '',
    ]);
  });
});
