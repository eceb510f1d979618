import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CommandResult, RunCommand } from '../../host/command-runner.ts';
import { parseIpv4 } from '../ipv4.ts';
import { type Argv, dialogArguments, runAsAdministrator, shellLine } from './administrator.ts';
import {
  clearLeasesCommands,
  leaseTimeCommands,
  readVmnetSettings,
  replaceLeasesCommands,
  resetSubnetCommands,
  subnetCommands,
} from './vmnet-settings.ts';

/** A Mac's programs, which answer as they are told and write down how they were called. */
function programs(answer: (call: Argv) => Partial<CommandResult>): { run: RunCommand; calls: Argv[] } {
  const calls: Argv[] = [];
  const run: RunCommand = (program, args) => {
    calls.push([program, ...args]);
    return Promise.resolve({ exitCode: 0, stdout: '', stderr: '', ...answer([program, ...args]) });
  };
  return { run, calls };
}

const subnet = { host: parseIpv4('192.168.77.1') ?? 0, prefixBits: 24 };

describe('The administrator', () => {
  it('is asked once, with commands that are an argument and never part of a script', async () => {
    const { run, calls } = programs(() => ({}));
    await runAsAdministrator(subnetCommands(subnet), 'Tatin changes the network.', 'dialog', run);
    const plist = "'/Library/Preferences/SystemConfiguration/com.apple.vmnet.plist'";
    expect(calls).toEqual([
      [
        '/usr/bin/osascript',
        ...['-e', 'on run argv'],
        ...['-e', 'do shell script (item 1 of argv) with prompt (item 2 of argv) with administrator privileges'],
        ...['-e', 'end run', '--'],
        `'/usr/bin/defaults' 'write' ${plist} 'Shared_Net_Address' '-string' '192.168.77.1' && ` +
          `'/usr/bin/defaults' 'write' ${plist} 'Shared_Net_Mask' '-string' '255.255.255.0'`,
        'Tatin changes the network.',
      ],
    ]);
  });

  it('is asked by sudo in a terminal, without any shell', async () => {
    const { run, calls } = programs(() => ({}));
    await runAsAdministrator(leaseTimeCommands(600), '', 'sudo', run);
    const plist = '/Library/Preferences/SystemConfiguration/com.apple.InternetSharing.default.plist';
    expect(calls).toEqual([
      [
        '/usr/bin/sudo',
        '--',
        '/usr/bin/defaults',
        'write',
        plist,
        'bootpd',
        '-dict-add',
        'DHCPLeaseTimeSecs',
        '-int',
        '600',
      ],
      ['/usr/bin/sudo', '--', '/bin/launchctl', 'kickstart', '-kp', 'system/com.apple.bootpd'],
    ]);
  });

  it('may say no, and then nothing was changed', async () => {
    const { run } = programs(() => ({ exitCode: 1, stderr: 'execution error: User canceled. (-128)' }));
    await expect(runAsAdministrator(clearLeasesCommands(), 'x', 'dialog', run)).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('is not there in a session without a screen, which is said', async () => {
    const { run } = programs(() => ({ exitCode: 1, stderr: 'No user interaction allowed. (-1713)' }));
    await expect(runAsAdministrator(clearLeasesCommands(), 'x', 'dialog', run)).rejects.toMatchObject({
      code: 'not-allowed',
      details: 'No user interaction allowed. (-1713)',
    });
  });

  it('stops at the first command that fails', async () => {
    const { run, calls } = programs(() => ({ exitCode: 1 }));
    await expect(runAsAdministrator(clearLeasesCommands(), '', 'sudo', run)).rejects.toMatchObject({
      code: 'not-allowed',
    });
    expect(calls).toHaveLength(1);
  });

  it('gets every word as it was, whatever it holds', () => {
    const word = fc.oneof(
      fc.constantFrom("'", '"', '$(id)', '`id`', '\n', ' ', '\\', '&& rm', 'é💥', '-n', '*', '~', "'; id; '"),
      fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        // `sh` hands the words to Node, which tells what arrived.
        const tell: Argv = [
          process.execPath,
          '-e',
          'console.log(JSON.stringify(process.argv.slice(1)))',
          '--',
          ...words,
        ];
        const told: unknown = JSON.parse(execFileSync('/bin/sh', ['-c', shellLine([tell])], { encoding: 'utf8' }));
        expect(told).toEqual(words);
      }),
      { numRuns: 25 },
    );
    expect(() => shellLine([['echo', 'a\0b']])).toThrow('NUL');
    expect(dialogArguments([['true']], "it's $(me)").at(-1)).toBe("it's $(me)");
  });
});

describe('The settings of vmnet', () => {
  it('are read without rights, and a key that is missing is the default', async () => {
    const { run, calls } = programs(([, , key]) =>
      key === 'Shared_Net_Address'
        ? { stdout: '192.168.77.1\n' }
        : { exitCode: 1, stderr: 'No value at that key path' },
    );
    expect(await readVmnetSettings(run)).toEqual({ subnet, storedKeys: ['Shared_Net_Address'], problems: [] });
    expect(calls.map(([program, verb]) => [program, verb])).toEqual(Array(3).fill(['/usr/bin/plutil', '-extract']));
  });

  it('say what makes no sense in them', async () => {
    const { run } = programs(([, , key]) => ({ stdout: key === 'Shared_Net_Mask' ? '255.255.255.0' : 'often' }));
    const { problems, subnet: read, leaseSeconds } = await readVmnetSettings(run);
    expect(read).toBeUndefined();
    expect(leaseSeconds).toBeUndefined();
    expect(problems).toHaveLength(2);
  });

  it('go back to the default by taking out what is there', () => {
    expect(resetSubnetCommands({ storedKeys: ['Shared_Net_Address'], problems: [] })).toEqual([
      [
        '/usr/bin/defaults',
        'delete',
        '/Library/Preferences/SystemConfiguration/com.apple.vmnet.plist',
        'Shared_Net_Address',
      ],
    ]);
    expect(resetSubnetCommands({ storedKeys: [], problems: [] })).toEqual([]);
  });

  it.each([0, 59, 2_592_001, 1.5, Number.NaN, -600])('take no lease time of %d seconds', (seconds) => {
    expect(() => leaseTimeCommands(seconds)).toThrow('from 60 to 2592000 seconds');
  });

  it('replace the lease table by one of ours, owned by root', () => {
    expect(replaceLeasesCommands("/private/tmp/a 'b'/leases")[0]).toEqual([
      ...['/usr/bin/install', '-m', '644', '-o', 'root', '-g', 'wheel'],
      ...["/private/tmp/a 'b'/leases", '/var/db/dhcpd_leases'],
    ]);
  });
});
