import { once } from 'node:events';
import { appendFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printableLine } from '../contract/printable.ts';
import { type HostileHome, hostileFiles, layDownHostileHome } from '../library/testing/hostile-home.ts';
import { jobsFolder } from '../operations/jobs-folder.ts';
import { ServicesLab } from '../operations/testing/services-lab.ts';
import { TatinHome } from './testing/tatin.ts';

/** Only a bound: nothing here takes long, and what hangs is killed. */
const patience = 120_000;
/** A command takes some 100 MB by itself; the files here are larger than what is left. */
const maxMemoryKilobytes = 350_000;

/** Tells at its end how much memory the process had at most. */
const tellsMemory = `--import data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => process.stderr.write(`memory ${process.resourceUsage().maxRSS}\\n`))",
)}`;

/** What is tried with commands; the services see to all. */
const worst = ['a named pipe', 'a device without an end', 'a hundred megabytes of numbers', 'zeros'];

/** Whatever steers a terminal. */
const steering = /[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u;

/** Runs a command that must end by itself, in bounded memory, with words that steer nothing. */
async function run(home: TatinHome, ...args: string[]): Promise<{ exitCode: number | null; out: string; err: string }> {
  const child = home.start(args, { NODE_OPTIONS: tellsMemory });
  const killer = setTimeout(() => child.kill('SIGKILL'), patience);
  let [out, err] = ['', ''];
  child.stdout?.on('data', (bytes: Buffer) => (out += bytes.toString()));
  child.stderr?.on('data', (bytes: Buffer) => (err += bytes.toString()));
  child.stdin?.end();
  await once(child, 'close');
  clearTimeout(killer);
  const memory = Number(/memory (\d+)\n/.exec(err)?.[1]);
  expect(memory, `${args.join(' ')}: ${err}`).toBeLessThan(maxMemoryKilobytes);
  err = err.replace(/memory \d+\n/, '');
  for (const line of [...out.split('\n'), ...err.split('\n')]) expect(line).not.toMatch(steering);
  expect(err).not.toContain('did not expect');
  return { exitCode: child.exitCode, out, err };
}

describe('A home of hostile folders', () => {
  const home = new TatinHome();
  let expected: HostileHome;
  beforeAll(() => {
    expected = layDownHostileHome(home.vms);
  });
  afterAll(() => home[Symbol.dispose]());

  it('is listed with every machine, and a reason for each of the others', { timeout: 2 * patience }, async () => {
    const { exitCode, out, err } = await run(home, 'list', '--source', 'local', '--format', 'json');
    expect(exitCode).toBe(0);
    const names = (JSON.parse(out) as { Name: string }[]).map(({ Name }) => Name);
    expect(names.sort()).toEqual(expected.machines);
    for (const name of expected.unreadable) expect(err).toContain(`${printableLine(name)} can't be used: `);
    expect(err).toContain(
      "config.json is a hundred thousand brackets can't be used: config.json is nested deeper than 64 levels.",
    );
    expect(err).toContain(
      "config.json is two gigabytes of nothing can't be used: config.json is longer than 1048576 bytes.",
    );
    expect(err).toContain("config.json is a named pipe can't be used: config.json is not a file.");
  });

  it('is the same table for a person', { timeout: patience }, async () => {
    const { out } = await run(home, 'list');
    for (const name of expected.machines) expect(out).toContain(name);
  });

  it('tells each machine’s state, settings and events', { timeout: 4 * patience }, async () => {
    expect((await run(home, 'status')).exitCode).toBe(0);
    for (const what of worst) {
      expect(await run(home, 'events', `events.jsonl is ${what}`)).toEqual({ exitCode: 0, out: '', err: '' });
    }
    for (const what of worst) expect((await run(home, 'get', `tatin.json is ${what}`)).exitCode).toBe(0);
  });

  it('says of what is no machine why, and to whom it is asked', { timeout: 2 * patience }, async () => {
    for (const name of ['config.json is a hundred megabytes of numbers', 'round', 'disk is a named pipe']) {
      const { exitCode, err } = await run(home, 'get', name);
      expect({ exitCode, err }).toMatchObject({
        exitCode: 1,
        err: expect.stringContaining("can't be used: ") as string,
      });
    }
  });
});

describe('A state folder of hostile files', () => {
  it('leaves the settings at their defaults and says why', { timeout: 8 * patience }, async () => {
    for (const what of [...worst, 'a folder']) {
      const make = hostileFiles[what] ?? (() => undefined);
      using home = new TatinHome();
      const state = path.join(home.folder, 'state');
      mkdirSync(state);
      for (const leaf of ['settings.json', 'tatin.log', 'windows.json', 'new-macos.json'])
        if (!(what.includes('megabytes') && leaf !== 'settings.json')) make(path.join(state, leaf));
      const { exitCode } = await run(home, 'settings');
      expect(exitCode, what).toBe(0);
      if (what === 'a folder') continue;
      expect(await run(home, 'settings', 'set', 'library.confirmDelete', 'false').then(({ err }) => err)).not.toContain(
        'Error:',
      );
    }
  });
});

describe('The services over hostile folders', () => {
  it('list, tell and go on', { timeout: 4 * patience }, async () => {
    await using lab = await ServicesLab.open();
    const jobs = path.join(jobsFolder(lab.at('home')), crypto.randomUUID());
    rmSync(lab.at('home', 'vms'), { recursive: true, force: true });
    const expected = layDownHostileHome(lab.at('home', 'vms'));
    mkdirSync(jobs, { recursive: true });
    for (const [what, make] of Object.entries(hostileFiles))
      if (!what.includes('megabytes')) make(path.join(jobs, `${what}.json`));
    writeFileSync(path.join(jobs, 'x.json'), JSON.stringify({ job: { id: '../../outside' } }));
    await lab.restart();

    const vms = await lab.ask('vms.list', {});
    const named = (kind: string) =>
      vms
        .filter((vm) => vm.kind === kind)
        .map(({ name }) => name)
        .sort();
    expect(named('machine')).toEqual(expected.machines);
    expect(named('unreadable')).toEqual(expected.unreadable);
    for (const vm of vms) if (vm.kind === 'unreadable') expect(vm.reason).not.toMatch(steering);
    await lab.ask('jobs.list', {});
    expect(readdirSync(lab.at('state'))).not.toContain('outside.json');
    for (const { id, kind, name } of vms) {
      if (kind !== 'machine' || !/^(events|usage|picture|last-run)/.test(name)) continue;
      await lab.ask('vms.events', { id, max: 100 });
      await lab.ask('vms.picture', { id, maxWidth: 480 });
      await lab.ask('usage.history', { id, range: 'hour' });
    }
    for (const { id, name } of vms.filter(({ name }) => name.startsWith('tatin.json is') && !name.endsWith('folder')))
      expect(await lab.ask('vms.annotate', { id, annotations: { tags: ['mine'] } }), name).toMatchObject({
        annotations: { tags: ['mine'] },
      });
    // What is written down of a machine that starts goes on, too.
    const { id } = vms.find(({ name }) => name === 'events.jsonl is a named pipe') ?? { id: '' };
    await lab.ask('machines.start', { id });
    appendFileSync(lab.at('home', 'vms', 'honest', 'tatin.json'), '{}');
    expect(await lab.ask('vms.list', {})).toHaveLength(vms.length);
  });
});
