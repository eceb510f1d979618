import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AddonStandIn } from '../hypervisor/vz/testing/addon-stand-in.ts';
import { VzDriver } from '../hypervisor/vz/vz-driver.ts';
import { Library } from '../library/library.ts';
import { quietWork } from '../library/testing/temporary-home.ts';
import { defineRun } from '../terminal/commands/run.ts';
import { type DefineCommand, runCommandLine } from '../terminal/program.ts';
import { closeQuestion, RunWindows } from './run-windows.ts';
import { appStandIn } from './testing/app-stand-in.ts';

let root: string;
let addon: AddonStandIn;
let driver: VzDriver;
let folder: string;

beforeEach(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'tatin-run-window-'));
  vi.stubEnv('TART_HOME', path.join(root, 'home'));
  vi.stubEnv('TATIN_STATE', path.join(root, 'state'));
  addon = new AddonStandIn();
  driver = new VzDriver({
    load: () => ({ addon: addon.addon, facts: addon.facts }),
    descriptors: () => addon.descriptors,
    architecture: 'arm64',
  });
  const library = await Library.open(path.join(root, 'home'));
  folder = (
    await library.create(
      { name: 'web', os: 'linux', arch: 'arm64', cpuCount: 2, memoryBytes: 1024 ** 3, diskBytes: 1_000_000 },
      quietWork(),
    )
  ).folder;
});
afterEach(async () => {
  await driver.running(folder)?.forceStop();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

/** `tatin run` on a Mac with a person who answers as given. */
function run(words: string[], answers: string[] = []) {
  const app = appStandIn(answers, { off: (() => app.parts.app) as never });
  app.parts.Menu.setApplicationMenu = () => undefined;
  const dock = app.parts.app.dock;
  if (dock !== undefined) dock.show = () => Promise.resolve(void app.log.push('in the Dock'));
  const windows = new RunWindows(app.parts);
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const define: DefineCommand = (command, terminal) =>
    defineRun(command, terminal, { window: windows, driver, isMac: true });
  const ended = runCommandLine(
    ['run', 'web', ...words],
    [{ name: 'run', summary: 'Run', group: 'Machines:', load: () => Promise.resolve({ define }) }],
  );
  return { app, ended, said, printed };
}
const guest = () => addon.machines[0];
const view = () => addon.calls.filter((call) => /View$|^start$|^stop$|^requestStop$|^close$/.test(call));
const shown = () => expect.poll(view, { timeout: 60_000 });

describe('tatin run on a Mac', () => {
  it('shows the machine in a window until the guest ends, and ends with it', async () => {
    const { app, ended } = run([]);
    await shown().toEqual(['start', 'showView', 'focusView']);
    expect(app.log).toContain('in the Dock');
    guest()?.guestStops();
    expect(await ended).toBe(0);
    expect(view()).toEqual(['start', 'showView', 'focusView', 'closeView', 'close']);
  });

  it('asks before its window closes or its app quits, and takes no power by itself', async () => {
    const { app, ended } = run([], ['Cancel', 'Shut Down']);
    await shown().toContain('focusView');
    guest()?.tell({ event: 'windowCloseWanted' });
    await expect.poll(() => app.questions.length, { timeout: 60_000 }).toBe(1);
    expect(view()).toEqual(['start', 'showView', 'focusView']);
    app.quit();
    expect(await ended).toBe(0);
    expect(app.ended).toBe(false);
    expect(app.questions.map(({ buttons }) => buttons)).toEqual([
      ['Shut Down', 'Force Stop', 'Cancel'],
      ['Shut Down', 'Force Stop', 'Cancel'],
    ]);
    expect(view()).toEqual(['start', 'showView', 'focusView', 'requestStop', 'closeView', 'close']);
  });

  it('opens no window with --no-graphics, and says where the serial port is', async () => {
    const { app, ended, said } = run(['--no-graphics', '--serial', '--no-audio']);
    await shown().toEqual(['start']);
    guest()?.guestStops();
    expect(await ended).toBe(0);
    expect(app.log).toEqual([]);
    expect(guest()?.document.audio).toEqual({ input: 'none', output: 'silent' });
    expect(said.mock.calls.map(([text]) => String(text)).join('')).toContain('/dev/ttys007');
  });

  it('stays with --detach, and says when it is ready', async () => {
    const { ended, printed } = run(['--detach', '--no-graphics']);
    await expect.poll(() => printed.mock.calls.map(([text]) => text), { timeout: 60_000 }).toEqual(['ready\n']);
    expect(driver.running(folder)?.state.phase).toBe('running');
    guest()?.guestStops();
    expect(await ended).toBe(0);
  });

  it('tells why it can’t be shown, and ends the machine in peace', async () => {
    addon.failures.set('showView', { message: 'No window', domain: 'TatinVz', code: 1 });
    const { ended, said } = run([]);
    await expect.poll(() => said.mock.calls.join(''), { timeout: 60_000 }).toContain('No window');
    guest()?.guestStops();
    expect(await ended).toBe(0);
  });
});

describe('closeQuestion', () => {
  it('offers to suspend what can be, and never takes the power by Return', () => {
    expect(closeQuestion('web', true).answers.map(({ label }) => label)).toEqual([
      'Suspend',
      'Shut Down',
      'Force Stop',
      'Cancel',
    ]);
    expect([closeQuestion('web', true).safe, closeQuestion('web', false).safe]).toEqual(['suspend', 'shutDown']);
  });
});
