import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../contract/errors.ts';
import { temporaryFolder } from '../../../library/testing/temporary-home.ts';
import type { Plan } from '../plan.ts';
import { crash, startFailure, tailOf } from './failures.ts';
import { ioError } from './io-error.ts';
import { parseUsage } from './usage-meter.ts';

// Only the name is looked at.
const plan = { name: 'demo' } as Plan;
const ended = { code: 1, signal: null };

describe('Why QEMU did not start', () => {
  // Each text is what QEMU 7.2 printed when the situation was brought about.
  it.each<[string, ErrorCode, RegExp]>([
    [
      'qemu-system-x86_64: -device virtio-blk-pci,drive=disk0: Failed to get "write" lock\nIs another process using the image [/vms/a b/disk.img]?',
      'disk-in-use',
      /\/vms\/a b\/disk\.img/,
    ],
    [
      "qemu-system-x86_64: -netdev user,id=n0,hostfwd=tcp:127.0.0.1:2222-:22: Could not set up host forwarding rule 'tcp:127.0.0.1:2222-:22'",
      'port-taken',
      /TCP port 2222/,
    ],
    [
      "qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory",
      'not-enough-memory',
      /not have enough memory/,
    ],
    [
      "qemu-system-x86_64: -blockdev {}: Could not open '/vms/a/disk.img': Permission denied",
      'file-not-allowed',
      /\/vms\/a\/disk\.img/,
    ],
    [
      "qemu-system-x86_64: -blockdev {}: Could not open '/x.iso': No such file or directory",
      'file-not-found',
      /\/x\.iso/,
    ],
  ])('is told from %j', (output, code, message) => {
    const error = startFailure(plan, ended, output);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.details).toBe(output);
  });

  it('is QEMU’s last word where it is not known', () => {
    const error = startFailure(plan, ended, 'warning: x\nqemu-system-x86_64: -cpu foo: unable to find CPU model\n');
    expect(error).toMatchObject({
      code: 'start-failed',
      message: '“demo” did not start: QEMU ended with exit code 1.',
      hint: 'QEMU says: -cpu foo: unable to find CPU model',
    });
  });

  it('is its signal where it said nothing', () => {
    const error = startFailure(plan, { code: null, signal: 'SIGABRT' }, '');
    expect(error.message).toContain('signal SIGABRT');
    expect(error.hint).toBeUndefined();
  });
});

describe('A crash', () => {
  it('by SIGKILL points to memory', () => {
    expect(crash({ code: null, signal: 'SIGKILL' }, 'x')).toMatchObject({
      code: 'guest-crashed',
      message: expect.stringContaining('memory') as string,
      details: 'x',
    });
  });
});

describe('The end of a log', () => {
  it('is whole if it is short, cut if long, and empty if missing', async () => {
    using folder = temporaryFolder();
    const file = path.join(folder.path, 'qemu.log');
    expect(await tailOf(file)).toBe('');
    writeFileSync(file, 'one\ntwo\n');
    expect(await tailOf(file)).toBe('one\ntwo');
    appendFileSync(file, `${'x'.repeat(10_000)}end`);
    expect(await tailOf(file)).toMatch(/^x{4093}end$/);
  });
});

describe('A disk error', () => {
  it('for lack of room tells how to go on', () => {
    const data = {
      device: '',
      'node-name': 'disk0',
      nospace: true,
      operation: 'write',
      reason: 'No space left on device',
    };
    expect(ioError(data)).toMatchObject({ code: 'no-space', details: 'write on disk0: No space left on device' });
  });

  it('of another kind points to the drive', () => {
    expect(ioError({ 'node-name': 'disk0', reason: 'Input/output error' }).message).toContain('could not be used');
    expect(ioError('nonsense').code).toBe('unexpected');
  });
});

describe('Use of the host', () => {
  it('is read from what Linux tells of a process, whatever its name', () => {
    const stat = '4711 (qemu) x (y 1) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 5 0 100 1000 200';
    const status = 'Name:\tqemu\nVmPeak:\t  999 kB\nVmRSS:\t  2048 kB\n';
    expect(parseUsage(stat, status)).toEqual({ cpuSeconds: 3, memoryBytes: 2 * 1024 ** 2 });
  });
});
