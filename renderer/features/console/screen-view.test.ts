import { describe, expect, it } from 'vitest';
import { AppError } from '../../../electron/contract/errors.ts';
import { type MachineState, vmSchema } from '../../../electron/contract/machine.ts';
import type { ConsoleVm } from './console-vm.ts';
import type { ScreenSnapshot } from './screen-session.ts';
import { screenView } from './screen-view.ts';

const now = '2026-01-02T03:04:05.000Z';
const error = { code: 'no-space', message: 'The disk is full.' } as const;

function machine(state: MachineState): ConsoleVm {
  const vm = vmSchema.parse({
    kind: 'machine',
    id: 'local:a',
    name: 'a',
    folder: '/home/a',
    os: 'linux',
    arch: 'amd64',
    cpuCount: 2,
    memoryBytes: 1 << 30,
    macAddress: '02:00:00:00:00:01',
    display: { width: 1024, height: 768 },
    diskFormat: 'raw',
    diskBytes: 1,
    allocatedBytes: 1,
    accessedAt: now,
    state,
    annotations: {},
  });
  return { kind: 'there', vm };
}

const running: MachineState = { phase: 'running', since: now, owner: 'tatin', pid: 7 };
const live: ScreenSnapshot['status'] = { kind: 'live' };
const opening = (failures: number, reason?: AppError): ScreenSnapshot['status'] => ({
  kind: 'opening',
  failures,
  ...(reason === undefined ? {} : { error: reason }),
});
const view = (vm: ConsoleVm, status: ScreenSnapshot['status'], connection: 'connected' | 'lost' = 'connected') =>
  screenView(vm, connection, { status });

describe('screenView', () => {
  it('shows a running machine with a screen as it is', () => {
    expect(view(machine(running), live)).toEqual({ kind: 'live' });
  });

  it('puts the lost connection before everything else', () => {
    expect(view(machine(running), live, 'lost').kind).toBe('lost');
    expect(view({ kind: 'loading' }, { kind: 'off' }, 'lost').kind).toBe('lost');
  });

  it('does not believe a live screen of a machine that has ended', () => {
    expect(view(machine({ phase: 'stopped' }), live).kind).toBe('stopped');
    expect(view(machine({ phase: 'suspended', since: now }), live).kind).toBe('suspended');
    expect(view(machine({ phase: 'failed', since: now, error }), live)).toEqual({ kind: 'failed', error });
  });

  it('says who runs it where Tatin does not', () => {
    const elsewhere: MachineState = { phase: 'running', since: now, owner: 'elsewhere', pid: 99 };
    expect(view(machine(elsewhere), { kind: 'off' })).toEqual({ kind: 'elsewhere', pid: 99 });
  });

  it('waits with the word of the state while the machine is on its way, whatever fails meanwhile', () => {
    const lost = new AppError('vm-not-running', 'Not yet.');
    for (const failures of [0, 1, 9])
      expect(view(machine({ phase: 'starting', since: now }), opening(failures, lost))).toEqual({
        kind: 'waiting',
        word: 'Starting',
        since: now,
      });
  });

  it('calls the screen of a running machine lost only after a few attempts', () => {
    const lost = new AppError('connection-lost', 'Refused.');
    expect(view(machine(running), opening(1, lost)).kind).toBe('waiting');
    expect(view(machine(running), opening(3, lost))).toMatchObject({ kind: 'lost', error: { message: 'Refused.' } });
  });

  it('says that a machine has no display where none can ever be had', () => {
    const error = new AppError('not-supported', 'It has none.');
    expect(view(machine(running), { kind: 'refused', error }).kind).toBe('noDisplay');
  });

  it('says why a machine paused by itself', () => {
    expect(view(machine({ phase: 'paused', since: now, error }), live)).toEqual({ kind: 'paused', error });
    expect(view(machine({ phase: 'paused', since: now }), live)).toEqual({ kind: 'paused', error: undefined });
  });

  it('tells of a VM that left the library', () => {
    expect(view({ kind: 'gone', error }, live)).toEqual({ kind: 'gone', error });
  });
});
