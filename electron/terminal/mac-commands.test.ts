import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppError } from '../contract/errors.ts';
import { IpswServer } from '../macos/testing/ipsw-server.ts';
import { makeIpsw } from '../macos/testing/make-ipsw.ts';
import { runLockPid } from '../files/locks.ts';
import { MacLab } from '../operations/testing/mac-lab.ts';
import { createMac } from './create-mac.ts';
import { askForSlot, makeWayInTerminal } from './mac-slots.ts';
import { Terminal } from './terminal.ts';
import { TatinHome } from './testing/tatin.ts';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 30_000 };

describe('tatin macos', () => {
  it('lists what it knows, and that it takes a Mac to install it', async () => {
    using home = new TatinHome();
    const { exitCode, out } = await home.run(['macos']);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^Version Build +Size +Fetched Name\n/);
    expect(out).toContain('macOS Sequoia');
    expect(out).toContain('macOS guests need a Mac with Apple silicon.');
    const { offers } = JSON.parse((await home.run(['macos', '--json'])).out) as { offers: object[] };
    expect(offers.length).toBeGreaterThan(2);
  });

  it('fetches an image, prints where it is, and looks at it', async () => {
    using home = new TatinHome();
    const image = path.join(home.folder, 'macOS.ipsw');
    makeIpsw(image);
    await using server = await IpswServer.open(readFileSync(image));
    const { exitCode, out } = await home.run(['macos', 'fetch', server.url]);
    expect(exitCode).toBe(0);
    expect(readFileSync(out.trim()).equals(server.image)).toBe(true);
    const check = await home.run(['macos', 'check', '15']);
    expect(check.exitCode).toBe(1);
    expect(check.out).toContain('macOS Sequoia 15.0 (24A335)');
    expect(check.out).toContain('ok       The image is for virtual Macs.');
    expect(check.out).toContain('FAILED   macOS guests need a Mac with Apple silicon.');
    expect((await home.run(['macos', 'check', image])).out).toContain(image);
  });

  it('says what is wrong with what is asked for', async () => {
    using home = new TatinHome();
    writeFileSync(path.join(home.folder, 'a.ipsw'), 'nothing of the kind');
    for (const [version, text] of [
      ['9.9', 'The catalogue has no macOS “9.9”.'],
      ['/none.ipsw', 'There is no image /none.ipsw.'],
      [path.join(home.folder, 'a.ipsw'), 'ZIP'],
      ['http://127.0.0.1:9/a.ipsw', "127.0.0.1:9 can't be reached."],
    ] as const) {
      const { exitCode, err } = await home.run(['macos', 'check', version]);
      expect({ exitCode, err }).toMatchObject({ exitCode: 1, err: expect.stringContaining(text) as string });
    }
  });
});

/** A terminal of a person who types, or a pipe. */
function terminalOf(isTyped: boolean): { terminal: Terminal; said: () => string; type: (text: string) => void } {
  const stdin = Object.assign(new PassThrough(), { isTTY: isTyped, isRaw: false, setRawMode: () => undefined });
  const stderr = Object.assign(new PassThrough(), { isTTY: isTyped, columns: 100 });
  let said = '';
  stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  // Of the process's streams, these are what a question uses.
  const streams = { stdin, stdout: new PassThrough(), stderr } as unknown as Terminal['streams'];
  return { terminal: new Terminal(streams), said: () => said, type: (text) => void stdin.write(text) };
}

describe('In a terminal on a Mac', () => {
  let lab: MacLab;
  beforeEach(async () => {
    lab = await MacLab.open();
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  /** Why a third macOS machine does not start. */
  async function refused(): Promise<AppError> {
    for (const name of ['one', 'two', 'three']) await lab.mac(name);
    for (const name of ['one', 'two']) await lab.services.machines.start(name);
    return await lab.services.machines.start('three').then(
      () => {
        throw new Error('It started.');
      },
      (error: unknown) => error as AppError, // Services throw nothing else.
    );
  }

  it('a person chooses which machine makes way', async () => {
    const limit = await refused();
    const { terminal, said, type } = terminalOf(true);
    using _terminal = terminal;
    const made = makeWayInTerminal(lab.services.machines, 'three', limit, terminal);
    // A question asked takes what is typed from then on.
    const questions = () => said().split('Choose one, 1 to').length - 1;
    await expect.poll(questions, patience).toBe(1);
    type('9\r');
    await expect.poll(questions, patience).toBe(2);
    type('3\r');
    await made;
    expect(said()).toContain('“one” and “two” run.');
    expect(said()).toMatch(/1 {2}Suspend one\n {2}2 {2}Shut one down\n {2}3 {2}Suspend two\n/);
    await lab.services.machines.start('three');
    const states = (await lab.services.machines.list()).map((vm) => (vm.kind === 'machine' ? vm.state.phase : ''));
    expect(states).toEqual(['running', 'running', 'suspended']);
  });

  it('a person may leave it, and a script is told the commands', async () => {
    const limit = await refused();
    const person = terminalOf(true);
    using _person = person.terminal;
    person.type('\r');
    await expect(makeWayInTerminal(lab.services.machines, 'three', limit, person.terminal)).rejects.toBe(limit);
    const script = terminalOf(false);
    using _script = script.terminal;
    await expect(makeWayInTerminal(lab.services.machines, 'three', limit, script.terminal)).rejects.toMatchObject({
      code: 'machine-limit',
      hint: 'One of these frees a slot: tatin suspend one, tatin stop one, tatin suspend two, tatin stop two.',
    });
  });

  it('a machine that will run in the app has its place before that', async () => {
    await refused();
    const script = terminalOf(false);
    using _script = script.terminal;
    await expect(askForSlot('three', script.terminal)).rejects.toMatchObject({
      code: 'machine-limit',
      hint: expect.stringContaining('tatin suspend one') as string,
    });
    await lab.services.machines.forceStop('one');
    const config = lab.at('home', 'vms', 'one', 'config.json');
    await expect.poll(() => runLockPid(config), { timeout: 60_000 }).toBeUndefined();
    await expect(askForSlot('three', script.terminal)).resolves.toBeUndefined();
  });

  it('macOS is installed with Tart’s options', async () => {
    const { terminal } = terminalOf(false);
    using _terminal = terminal;
    const request = { name: 'mac', ipsw: lab.image(), cpuCount: undefined, memoryBytes: undefined, diskBytes: 60e9 };
    await createMac(request, terminal, lab.services.driver);
    expect(await lab.services.machines.get('mac')).toMatchObject({ os: 'darwin', cpuCount: 4, diskBytes: 60e9 });
    await expect(createMac(request, terminal, lab.services.driver)).rejects.toMatchObject({ code: 'vm-exists' });
    lab.standIn.failures.set('install', { message: 'No', domain: 'VZErrorDomain', code: 10007 });
    const failing = createMac({ ...request, name: 'other' }, terminal, lab.services.driver);
    await expect(failing).rejects.toMatchObject({ details: expect.stringMatching(/\nLog: .*installations/) as string });
  });
});
