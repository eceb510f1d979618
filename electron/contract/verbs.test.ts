import { describe, expect, it } from 'vitest';
import { vmSchema, type MachineState, type MachineVm } from './machine.ts';
import { allowedVerbs, isAlive } from './verbs.ts';

const now = '2026-01-02T03:04:05.000Z';
const error = { code: 'start-failed', message: 'It did not start.' } as const;

/** One example of every phase. */
const states: MachineState[] = [
  { phase: 'stopped' },
  { phase: 'starting', since: now },
  { phase: 'running', since: now, owner: 'tatin', pid: 7 },
  { phase: 'pausing', since: now },
  { phase: 'paused', since: now },
  { phase: 'resuming', since: now },
  { phase: 'saving', since: now },
  { phase: 'suspended', since: now },
  { phase: 'restoring', since: now },
  { phase: 'stopping', since: now, how: 'asked' },
  { phase: 'failed', since: now, error },
];

function machine(state: MachineState, notRunnable?: string): MachineVm {
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
    ...(notRunnable === undefined ? {} : { notRunnable }),
    annotations: {},
  });
  if (vm.kind !== 'machine') throw new Error('the schema changed the kind');
  return vm;
}

describe('allowedVerbs', () => {
  it('never offers to delete, rename or configure what has a process behind it', () => {
    for (const state of states.filter(({ phase }) => isAlive(phase))) {
      const allowed = allowedVerbs(machine(state));
      for (const verb of ['delete', 'rename', 'configure', 'clone', 'start'] as const)
        expect(allowed.has(verb), `${verb} while ${state.phase}`).toBe(false);
    }
  });

  it('always leaves a way out of a state that could hang', () => {
    const mayHang = ['starting', 'running', 'pausing', 'paused', 'resuming', 'restoring', 'stopping'];
    for (const state of states.filter(({ phase }) => mayHang.includes(phase)))
      expect(allowedVerbs(machine(state)).has('forceStop'), state.phase).toBe(true);
  });

  it('offers only to suspend and to stop what another program runs', () => {
    const allowed = allowedVerbs(machine({ phase: 'running', since: now, owner: 'elsewhere', pid: 9 }));
    expect([...allowed].sort()).toEqual(['forceStop', 'shutDown', 'suspend']);
  });

  it('takes Start away where this host can not run the machine, and nothing else', () => {
    const allowed = allowedVerbs(machine({ phase: 'stopped' }, 'It needs an Apple chip.'));
    expect(allowed.has('start')).toBe(false);
    expect(allowed.has('clone')).toBe(true);
  });

  it('offers nothing but deletion of a folder that can not be read', () => {
    const vm = vmSchema.parse({
      kind: 'unreadable',
      id: 'local:b',
      name: 'b',
      folder: '/home/b',
      allocatedBytes: 0,
      accessedAt: now,
      reason: 'config.json is missing',
    });
    expect([...allowedVerbs(vm)]).toEqual(['delete']);
  });
});

describe('isAlive', () => {
  it('is false exactly in the three phases without a process', () => {
    const dead = states.filter(({ phase }) => !isAlive(phase)).map(({ phase }) => phase);
    expect(dead).toEqual(['stopped', 'suspended', 'failed']);
  });
});
