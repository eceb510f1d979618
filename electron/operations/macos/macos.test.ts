import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MacCheck, MacDraft, MacReport } from '../../contract/macos.ts';
import { IpswServer } from '../../macos/testing/ipsw-server.ts';
import { makeIpsw } from '../../macos/testing/make-ipsw.ts';
import { holdFcntl, OtherProgram } from '../../library/testing/other-program.ts';
import { MacLab } from '../testing/mac-lab.ts';
import { ServicesLab } from '../testing/services-lab.ts';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 30_000 };

const gibibyte = 1024 ** 3;
const stateOf = ({ checks }: MacReport, id: MacCheck['id']) => checks.find((check) => check.id === id)?.state;

describe('macOS on a Mac', () => {
  let lab: MacLab;
  beforeEach(async () => {
    lab = await MacLab.open();
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  const logOf = async (name: string) => (await lab.ask('macos.log', { id: `local:${name}` })).text;
  const vms = () => (existsSync(lab.at('home', 'vms')) ? readdirSync(lab.at('home', 'vms')) : []);

  it('is listed with what this Mac can install, and what is here', async () => {
    lab.standIn.facts = { ...lab.standIn.facts, macOS: { major: 14, minor: 0 } };
    lab.cachedImage();
    const { offers, notHere } = await lab.ask('macos.list', {});
    expect(notHere).toBeUndefined();
    const of = (major: string) => offers.find(({ version }) => version.startsWith(major));
    expect(of('26')).toMatchObject({ isHere: false, problem: expect.stringContaining('from macOS 15 on') as string });
    expect(of('15')).toMatchObject({ isHere: true, advice: expect.stringContaining('Xcode 15') as string });
    expect(of('14')?.problem).toBeUndefined();
  });

  it('is looked at in a file: what it asks for, and that nothing stands in the way', async () => {
    const report = await lab.ask('macos.inspect', { source: { from: 'file', path: lab.image() } });
    expect(report).toMatchObject({
      title: 'macOS Sequoia 15.0 (24A335)',
      minimum: { cpuCount: 2, memoryBytes: 4 * gibibyte },
      file: lab.at('macOS.ipsw'),
    });
    expect(report.checks.map(({ id, state }) => [id, state])).toEqual([
      ['computer', 'passed'],
      ['version', 'passed'],
      ['image', 'passed'],
      ['space', 'passed'],
      ['slots', 'passed'],
      ['keychain', 'skipped'],
    ]);
  });

  it('is looked at before anything is fetched', async () => {
    await using server = await IpswServer.open(readFileSync(lab.image()));
    const report = await lab.ask('macos.inspect', { source: { from: 'url', url: server.url } });
    expect(report).toMatchObject({ bytes: server.image.length, fetchedBytes: 0, title: server.url });
    expect([stateOf(report, 'image'), stateOf(report, 'version')]).toEqual(['skipped', 'skipped']);
    expect(server.ranges).toEqual([]);
  });

  it('says what stands in the way', async () => {
    lab.standIn.facts = { ...lab.standIn.facts, macOS: { major: 15, minor: 0 } };
    lab.command = (program) =>
      program === '/bin/launchctl'
        ? { exitCode: 0, stdout: 'Background', stderr: '' }
        : { exitCode: 36, stdout: '', stderr: 'User interaction is not allowed.' };
    lab.standIn.image = { ...lab.standIn.image, supported: false };
    const file = lab.image({ version: '27.0', build: '26A100', types: ['Mac14,2'] });
    const source = { from: 'file' as const, path: file };
    const report = await lab.ask('macos.inspect', { source });
    expect([stateOf(report, 'version'), stateOf(report, 'image'), stateOf(report, 'keychain')]).toEqual([
      'failed',
      'failed',
      'failed',
    ]);
    await expect(lab.ask('macos.install', { source, name: 'mac' })).rejects.toMatchObject({
      code: 'image-not-supported',
    });
    const fit = { from: 'file' as const, path: lab.image() };
    await expect(lab.ask('macos.install', { source: fit, name: 'mac' })).rejects.toMatchObject({
      code: 'keychain-locked',
      hint: expect.stringContaining('security unlock-keychain') as string,
    });
    const nonsense = { from: 'version' as const, version: '9' };
    await expect(lab.ask('macos.install', { source: nonsense, name: 'mac' })).rejects.toMatchObject({
      code: 'image-not-found',
    });
  });

  it('is fetched, installed, started and written down', async () => {
    await using server = await IpswServer.open(readFileSync(lab.image()));
    const job = await lab.ask('macos.install', {
      source: { from: 'url', url: server.url },
      name: 'mac',
      cpuCount: 1,
      memoryBytes: gibibyte,
      start: true,
    });
    expect(job).toMatchObject({ kind: 'install', title: 'Installing macOS as mac', vmId: 'local:mac', canPause: true });
    await lab.done(job);
    const vm = await lab.ask('vms.get', { id: 'local:mac' });
    expect(vm).toMatchObject({
      os: 'darwin',
      state: { phase: 'running' },
      // Less was asked for than the image needs.
      cpuCount: 2,
      memoryBytes: 4 * gibibyte,
      diskBytes: 50e9,
    });
    const log = await logOf('mac');
    for (const line of ['Looking for the image', 'Downloading macOS', 'Installing macOS 15.0.0', 'Installed'])
      expect(log).toContain(line);
    expect(readFileSync(path.join(vm.folder, 'install.log'), 'utf8')).toContain('The image is');
    expect(readdirSync(lab.at('home', 'cache', 'IPSWs'))).toHaveLength(1);
  });

  it('is taken from the cache without asking anybody, no matter who put it there', async () => {
    lab.cachedImage();
    for (const source of [{ from: 'version', version: '15' }, { from: 'latest' }] as const)
      await lab.done(await lab.ask('macos.install', { source, name: source.from }));
    expect(vms().toSorted()).toEqual(['latest', 'version']);
  });

  it('goes on after a quit: with the download first, with the installation after that', async () => {
    await using server = await IpswServer.open(readFileSync(lab.image({ paddingBytes: 500_000 })));
    server.manner.stallAfter = 200_000;
    const job = await lab.ask('macos.install', { source: { from: 'url', url: server.url }, name: 'mac' });
    await lab.when(job, ({ bytes }) => (bytes?.done ?? 0) >= 200_000);
    await lab.restart();
    const [paused] = await lab.ask('jobs.list', {});
    expect(paused).toMatchObject({ state: 'paused', vmId: 'local:mac' });
    server.manner.stallAfter = undefined;
    lab.standIn.waitsInstalling = true;
    await lab.ask('jobs.resume', { jobId: paused?.id ?? '' });
    const [resumed] = await lab.ask('jobs.list', {});
    if (resumed === undefined) throw new Error('There is no job.');
    await lab.when(resumed, ({ step }) => step?.startsWith('Installing macOS') === true);
    expect(server.ranges).toEqual([undefined, 'bytes=200000-']);
    await lab.restart();
    const [failed] = await lab.ask('jobs.list', {});
    expect(failed).toMatchObject({ state: 'failed', canRetry: true, vmId: 'local:mac' });
    expect(vms()).toEqual([]);
    expect(readdirSync(lab.at('home', 'tmp'))).toEqual([]);
    lab.standIn.waitsInstalling = false;
    await lab.done(await lab.ask('jobs.retry', { jobId: failed?.id ?? '' }));
    expect(server.ranges).toHaveLength(2);
    expect(vms()).toEqual(['mac']);
  });

  it('is called off in the middle, and leaves the image only', async () => {
    lab.standIn.waitsInstalling = true;
    const job = await lab.ask('macos.install', { source: { from: 'file', path: lab.image() }, name: 'mac' });
    await lab.when(job, ({ step }) => step?.startsWith('Installing macOS') === true);
    await lab.ask('jobs.cancel', { jobId: job.id });
    expect(await lab.ended(job)).toMatchObject({ state: 'cancelled' });
    expect(lab.standIn.calls).toContain('cancelInstall');
    expect(vms()).toEqual([]);
    expect(await logOf('mac')).toContain('Stopped');
  });

  it('says why it failed, in the job and with everything in the log', async () => {
    lab.standIn.failures.set('install', {
      message: 'No',
      domain: 'VZErrorDomain',
      code: 10007,
      reason: 'The device refused it.',
    });
    const job = await lab.ask('macos.install', { source: { from: 'file', path: lab.image() }, name: 'mac' });
    expect(await lab.ended(job)).toMatchObject({
      state: 'failed',
      error: { message: expect.stringContaining('The device refused it.') as string },
    });
    expect(await logOf('mac')).toMatch(/Failed \(start-failed\)[^]*VZErrorDomain 10007/);
  });

  it('is not installed while two macOS machines run, and starts in place of one', async () => {
    const [one, two, three] = [await lab.mac('one'), await lab.mac('two'), await lab.mac('three')];
    await lab.ask('machines.start', { id: one });
    await lab.ask('machines.start', { id: two });
    const source = { from: 'file' as const, path: lab.image() };
    expect(stateOf(await lab.ask('macos.inspect', { source }), 'slots')).toBe('attention');
    const job = await lab.ask('macos.install', { source, name: 'mac' });
    expect(await lab.ended(job)).toMatchObject({ state: 'failed', error: { code: 'machine-limit' } });

    await expect(lab.ask('machines.start', { id: three })).rejects.toMatchObject({ code: 'machine-limit' });
    await lab.done(await lab.ask('macos.startInstead', { id: three, instead: two, how: 'suspend' }));
    const phases = async () =>
      (await lab.ask('vms.list', {})).map((vm) => [vm.name, vm.kind === 'machine' ? vm.state.phase : '']);
    expect(await phases()).toEqual([
      ['one', 'running'],
      ['three', 'running'],
      ['two', 'suspended'],
    ]);
    await lab.done(await lab.ask('macos.startInstead', { id: two, instead: one, how: 'shutDown' }));
    expect(await phases()).toEqual([
      ['one', 'stopped'],
      ['three', 'running'],
      ['two', 'running'],
    ]);
  });

  it('starts in place of one that another program runs, which is asked by Tart’s signals', async () => {
    const [one, two] = [await lab.mac('one'), await lab.mac('two')];
    // It ends by the signal, as Tart does when it has saved the state.
    await using other = OtherProgram.python(holdFcntl, lab.at('home', 'vms', 'one', 'config.json'));
    expect(await other.line()).toBe('locked');
    expect(await lab.ask('vms.get', { id: one })).toMatchObject({ state: { phase: 'running', owner: 'elsewhere' } });
    await lab.done(await lab.ask('macos.startInstead', { id: two, instead: one, how: 'suspend' }));
    expect(await lab.ask('vms.get', { id: one })).toMatchObject({ state: { phase: 'stopped' } });
    expect(await lab.ask('vms.get', { id: two })).toMatchObject({ state: { phase: 'running' } });
  });

  it('does not wait for a guest that will not shut down when the start is called off', async () => {
    const [one, two] = [await lab.mac('one'), await lab.mac('two')];
    await lab.ask('machines.start', { id: one });
    const [native] = lab.standIn.machines;
    if (native !== undefined) native.obeys = false;
    const job = await lab.ask('macos.startInstead', { id: two, instead: one, how: 'shutDown' });
    await lab.when(job, ({ step }) => step === 'Shutting down one');
    await expect.poll(() => lab.standIn.calls, patience).toContain('requestStop');
    await lab.ask('jobs.cancel', { jobId: job.id });
    expect(await lab.ended(job)).toMatchObject({ state: 'cancelled' });
    expect(lab.standIn.machines).toHaveLength(1);
  });

  it('keeps what was begun until it is installed', async () => {
    const draft: MacDraft = {
      step: 'name',
      installing: 'local:mac',
      source: { from: 'latest' },
      cpuCount: 4,
      memoryBytes: 8 * gibibyte,
      diskGigabytes: 50,
      display: '1920x1200',
      name: 'mac',
      start: false,
    };
    expect(await lab.ask('macos.draft', {})).toBeNull();
    await lab.ask('macos.keepDraft', { draft });
    await lab.restart();
    expect(await lab.ask('macos.draft', {})).toEqual(draft);
    await lab.done(await lab.ask('macos.install', { source: { from: 'file', path: lab.image() }, name: 'mac' }));
    expect(await lab.ask('macos.draft', {})).toBeNull();
  });
});

describe('macOS on another computer', () => {
  let lab: ServicesLab;
  beforeEach(async () => {
    lab = await ServicesLab.open();
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  it('is listed and looked at with the reason why it can’t be installed', async () => {
    const { offers, notHere } = await lab.ask('macos.list', {});
    expect(offers.length).toBeGreaterThan(2);
    expect(notHere).toMatchObject({ code: 'not-supported', message: /Mac with Apple silicon/ });
    const source = { from: 'file' as const, path: lab.at('macOS.ipsw') };
    await expect(lab.ask('macos.inspect', { source })).rejects.toMatchObject({ code: 'file-not-found' });
    await expect(lab.ask('macos.install', { source, name: 'mac' })).rejects.toMatchObject({ code: 'not-supported' });
  });

  it('is fetched, pausing and going on', async () => {
    makeIpsw(lab.at('macOS.ipsw'), { paddingBytes: 500_000 });
    await using server = await IpswServer.open(readFileSync(lab.at('macOS.ipsw')));
    server.manner.stallAfter = 200_000;
    const source = { from: 'url' as const, url: server.url };
    const job = await lab.ask('macos.fetch', { source });
    await expect
      .poll(async () => (await lab.ask('jobs.list', {}))[0], { timeout: 30_000 })
      .toMatchObject({ bytes: { done: 200_000 } });
    await lab.ask('jobs.pause', { jobId: job.id });
    expect(await lab.ask('macos.inspect', { source })).toMatchObject({ fetchedBytes: 200_000 });
    server.manner.stallAfter = undefined;
    await lab.ask('jobs.resume', { jobId: job.id });
    await lab.done(job);
    const report = await lab.ask('macos.inspect', { source });
    expect(report).toMatchObject({
      title: 'macOS Sequoia 15.0 (24A335)',
      file: expect.stringContaining('IPSWs') as string,
    });
    expect([stateOf(report, 'computer'), stateOf(report, 'image')]).toEqual(['failed', 'passed']);
  });

  it('keeps no image of another kind of Mac', async () => {
    makeIpsw(lab.at('phone.ipsw'), { types: ['iPhone15,2'] });
    await using server = await IpswServer.open(readFileSync(lab.at('phone.ipsw')));
    const job = await lab.ask('macos.fetch', { source: { from: 'url', url: server.url } });
    expect(await lab.services.jobs.ended(job.id)).toMatchObject({ error: { code: 'image-not-supported' } });
    expect(readdirSync(lab.at('home', 'cache', 'IPSWs'))).toEqual([]);
  });
});
