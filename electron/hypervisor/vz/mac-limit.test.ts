import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OtherProgram, holdFcntl } from '../../library/testing/other-program.ts';
import { checkMacLimit, guestProcesses, limitReached, runningMacMachines } from './mac-limit.ts';

const config = (os: 'darwin' | 'linux') =>
  JSON.stringify({
    version: 1,
    os,
    arch: 'arm64',
    cpuCountMin: 4,
    cpuCount: 4,
    memorySizeMin: 4096,
    memorySize: 4096,
    macAddress: '7a:65:e4:3f:b2:03',
    ...(os === 'darwin' ? { ecid: 'ZQ==', hardwareModel: 'bQ==' } : {}),
  });

describe('The limit of two macOS guests', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'tatin-limit-'));
  const folderOf = (name: string) => path.join(home, 'vms', name);
  const configOf = (name: string) => path.join(folderOf(name), 'config.json');
  const holders: OtherProgram[] = [];

  /** Another program that runs the machine, as far as anybody can tell. */
  const run = async (name: string) => {
    const holder = OtherProgram.python(holdFcntl, configOf(name));
    holders.push(holder);
    expect(await holder.line()).toBe('locked');
  };

  beforeAll(() => {
    for (const [name, os] of [
      ['sequoia', 'darwin'],
      ['tahoe', 'darwin'],
      ['debian', 'linux'],
      ['next', 'darwin'],
    ] as const) {
      mkdirSync(folderOf(name), { recursive: true });
      writeFileSync(configOf(name), config(os));
    }
    writeFileSync(path.join(home, 'vms', '.DS_Store'), '');
  });

  afterAll(async () => {
    for (const holder of holders) await holder[Symbol.asyncDispose]();
    rmSync(home, { recursive: true, force: true });
  });

  it('lets a machine start while fewer run, Linux guests not counted', async () => {
    await run('debian');
    await run('sequoia');
    expect(runningMacMachines(folderOf('next'))).toEqual(['sequoia']);
    expect(() => checkMacLimit(folderOf('next'))).not.toThrow();
  });

  it('names those that run, no matter who runs them', async () => {
    await run('tahoe');
    expect(() => checkMacLimit(folderOf('next'))).toThrow(
      expect.objectContaining({
        code: 'machine-limit',
        message: expect.stringMatching(/“sequoia” and “tahoe” run\./) as string,
        hint: 'Suspend or shut down one of them.',
      }),
    );
  });

  it('lists the processes of guests where none is ours', () => {
    const program = 'com.apple.Virtualization.VirtualMachine';
    const strays = [
      { pid: 4711, program, files: ['/Users/me/Other.utm/Data/disk.img'] },
      { pid: 4712, program, files: [] },
    ];
    expect(limitReached([], strays)).toMatchObject({
      code: 'machine-limit',
      message: expect.stringContaining('none of them is in this library') as string,
      details: `Processes of guests:
4711 ${program}
    has /Users/me/Other.utm/Data/disk.img open
4712 ${program}`,
    });
    expect(limitReached(['sequoia']).message).toContain('“sequoia” is one that runs');
  });

  it('finds the processes of guests in what ps prints', async () => {
    const framework = '/System/Library/Frameworks/Virtualization.framework/Versions/A/XPCServices';
    const stdout = [
      '    1 /sbin/launchd',
      ` 4711 ${framework}/com.apple.Virtualization.VirtualMachine.xpc/Contents/MacOS/com.apple.Virtualization.VirtualMachine`,
      ' 4712 /Applications/My com.apple.Virtualization.VirtualMachine Viewer',
      '',
    ].join('\n');
    // As `lsof -F pn` prints it: a process, then its files.
    const opened = [
      'p4711',
      'fcwd',
      'n/',
      'f3',
      'n/System/Library/x.img',
      'f4',
      'n/Users/me/vm/disk.img',
      'f5',
      'n/Users/me/vm/disk.img',
      '',
    ];
    const asked: string[][] = [];
    const run = (program: string, args: readonly string[]) => {
      asked.push([program, ...args]);
      return Promise.resolve({ exitCode: 0, stdout: program.endsWith('ps') ? stdout : opened.join('\n'), stderr: '' });
    };
    expect(await guestProcesses(run)).toEqual([
      { pid: 4711, program: 'com.apple.Virtualization.VirtualMachine', files: ['/Users/me/vm/disk.img'] },
    ]);
    expect(asked[1]).toEqual(['/usr/sbin/lsof', '-n', '-P', '-F', 'pn', '-p', '4711']);
    expect(await guestProcesses(() => Promise.resolve({ exitCode: 1, stdout: '', stderr: 'no' }))).toEqual([]);
  });
});
