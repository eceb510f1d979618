import type { Host } from '../../electron/contract/host.ts';
import { jobSchema, type Job } from '../../electron/contract/job.ts';
import type { MachineState, MachineVm, Vm } from '../../electron/contract/machine.ts';

/** When everything in the fixtures happened. */
export const then = '2026-02-03T04:05:06.000Z';
const gibibyte = 1024 ** 3;
const gigabyte = 1000 ** 3;

/** A stopped Linux VM of that name, with whatever a test needs to be otherwise. */
export function machine(name: string, otherwise: Partial<Omit<MachineVm, 'kind' | 'name'>> = {}): MachineVm {
  return {
    kind: 'machine',
    id: `local:${name}`,
    name,
    folder: `/home/user/.tart/vms/${name}`,
    os: 'linux',
    arch: 'amd64',
    cpuCount: 2,
    memoryBytes: 2 * gibibyte,
    macAddress: '52:54:00:12:34:56',
    display: { width: 1280, height: 800 },
    diskFormat: 'raw',
    diskBytes: 20 * gigabyte,
    allocatedBytes: 3 * gigabyte,
    accessedAt: then,
    state: { phase: 'stopped' },
    ...otherwise,
    annotations: { ...noAnnotations, ...otherwise.annotations },
  };
}

/** What a VM without a `tatin.json` has. */
export const noAnnotations: MachineVm['annotations'] = {
  notes: '',
  tags: [],
  system: '',
  portForwards: [],
  network: { mode: 'nat', hostLoopback: false },
  nested: false,
  sharedFolders: [],
  extraDisks: [],
  autostart: false,
  restart: 'never',
  health: null,
  schedule: [],
};

/** A folder that is no VM any more. */
export function unreadable(name: string, reason = 'config.json ends in line 14'): Extract<Vm, { kind: 'unreadable' }> {
  return {
    kind: 'unreadable',
    id: `local:${name}`,
    name,
    folder: `/home/user/.tart/vms/${name}`,
    allocatedBytes: 26_600_000_000,
    accessedAt: then,
    reason,
  };
}

export const running = { phase: 'running', since: then, owner: 'tatin', pid: 4711 } as const satisfies MachineState;

/** Running, with something to know meanwhile. */
export const warned: MachineState = { ...running, warning: 'Its guest has no network.' };

/** A machine in each state, and a folder that can't be read. */
export function variedLibrary(): Vm[] {
  return [
    machine('alpine-db', { state: running, address: { ip: '10.0.2.15', source: 'agent', at: then } }),
    machine('build-2', { state: { phase: 'suspended', since: then }, annotations: { ...noAnnotations, tags: ['ci'] } }),
    machine('build-10', { state: { phase: 'paused', since: then }, annotations: { ...noAnnotations, tags: ['ci'] } }),
    machine('desktop', { annotations: { ...noAnnotations, system: 'Fedora 42', notes: 'For the screenshots' } }),
    machine('mac-build', { os: 'darwin', arch: 'arm64', notRunnable: 'macOS guests need a Mac with an Apple chip.' }),
    machine('nightly', { state: { phase: 'starting', since: then } }),
    unreadable('old-copy'),
    machine('port-clash', {
      state: {
        phase: 'failed',
        since: then,
        error: { code: 'port-taken', message: 'Port 2222 is taken by another program.', hint: 'Choose another port.' },
      },
    }),
  ];
}

/** A Linux computer with 8 processors and 16 GB, of which most are free. */
export function linuxHost(otherwise: Partial<Host> = {}): Host {
  return {
    platform: 'linux',
    arch: 'amd64',
    noun: 'This computer',
    processor: 'Example 8-core processor',
    cpuCount: 8,
    memoryBytes: 16 * gibibyte,
    memoryAvailableBytes: 12 * gibibyte,
    home: { path: '/home/user/.tart', freeBytes: 200 * gigabyte, totalBytes: 500 * gigabyte },
    guests: [
      { os: 'linux', arch: 'amd64', driver: 'qemu', accelerator: 'KVM' },
      { os: 'darwin', arch: 'arm64', driver: 'vz', notAvailable: 'macOS guests need a Mac with an Apple chip.' },
    ],
    demoGuest: { available: true, bytes: 212_000_000 },
    places: [
      { name: 'Home', path: '/home/user' },
      { name: 'Downloads', path: '/home/user/Downloads' },
    ],
    version: '0.1.0',
    ...otherwise,
  };
}

/** A Mac with Apple silicon, 12 processors and 32 GB. */
export function macHost(otherwise: Partial<Host> = {}): Host {
  return linuxHost({
    platform: 'darwin',
    arch: 'arm64',
    noun: 'This Mac',
    processor: 'Apple M3 Pro',
    cpuCount: 12,
    memoryBytes: 32 * gibibyte,
    memoryAvailableBytes: 24 * gibibyte,
    guests: [
      { os: 'darwin', arch: 'arm64', driver: 'vz', accelerator: 'Virtualization.framework' },
      { os: 'linux', arch: 'arm64', driver: 'vz', accelerator: 'Virtualization.framework' },
    ],
    ...otherwise,
  });
}

/** A job that runs, with whatever a test needs to be otherwise; it has only what its state has. */
export function job(id: string, otherwise: Partial<Job> = {}): Job {
  return jobSchema.parse({
    id,
    kind: 'create',
    title: `Making ${id}`,
    state: 'running',
    step: 'Copying disk',
    fraction: 0.42,
    bytes: { done: 420_000_000, total: 1_000_000_000 },
    bytesPerSecond: 92_000_000,
    secondsLeft: 75,
    createdAt: then,
    canPause: false,
    endedAt: then,
    error: { code: 'unexpected', message: 'It failed.' },
    canRetry: false,
    ...otherwise,
  });
}
