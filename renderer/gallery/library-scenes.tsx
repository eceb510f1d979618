import type { Vm } from '../../electron/contract/machine.ts';
import { usedFor } from '../testing/fake-supervision.ts';
import { linuxHost, machine, macHost, noAnnotations, then, warned } from '../testing/fixtures.ts';
import { wholeError } from './component-scenes.tsx';
import { type Stage, variedStart, windowScene } from './stage.tsx';

const chosen = (...names: string[]): Stage['view'] => ({ selection: new Set(names.map((name) => `local:${name}`)) });

/** A machine of which everything is known. */
const full: Vm = machine('web-server', {
  state: warned,
  address: { ip: '10.0.2.15', source: 'agent', at: then },
  eventsVersion: '1',
  supervision: { health: { state: 'unhealthy', since: then, failures: 3, reason: 'Port 80 does not answer.' } },
  annotations: {
    ...noAnnotations,
    tags: ['ci', 'web'],
    notes: 'Serves the documentation.',
    system: 'Debian 12',
    portForwards: [{ protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 8080, guestPort: 80, label: 'web' }],
    sharedFolders: [{ name: 'docs', path: '/home/user/docs', readOnly: true }],
    restart: 'on-failure',
    schedule: [{ action: 'start', time: '08:00', days: ['mon', 'tue', 'wed', 'thu', 'fri'] }],
  },
});

export const libraryScenes = [
  windowScene('library-icons', 'Icons, a machine in each state', { start: variedStart }),
  windowScene('library-list', 'List', { start: variedStart, view: { view: 'list', inspector: false } }),
  windowScene('library-empty', 'Empty: the first run', {}),
  windowScene('library-empty-mac', 'Empty on a Mac', { start: { host: macHost() } }),
  windowScene('library-empty-no-guests', 'Empty, and no guest can run', {
    start: {
      host: linuxHost({
        guests: [{ os: 'linux', arch: 'amd64', driver: 'qemu', notAvailable: 'QEMU is not installed.' }],
        demoGuest: { available: false, bytes: 212_000_000, reason: 'its parts were not built.' },
      }),
    },
  }),
  windowScene('library-loading', 'Loading', { prepare: (client) => client.hold('vms.list'), until: '.skeleton' }),
  windowScene('library-home-gone', 'The home is gone', {
    prepare: (client) =>
      client.refuse('vms.list', {
        code: 'home-unavailable',
        message: 'The folder for virtual machines, /media/disk/tart, can’t be used.',
        hint: 'Check that the drive is connected and that you may write there.',
      }),
  }),
  windowScene('library-lost', 'Tatin does not answer', {
    start: variedStart,
    // A page that was connected keeps what it knew.
    prepare: (client) => setTimeout(() => client.setConnection('lost'), 50),
    until: 'text=Tatin does not answer',
  }),
  windowScene('library-no-match', 'A search that finds nothing', { start: variedStart, view: { query: 'windows' } }),
  windowScene('library-several', 'Several machines chosen', {
    start: variedStart,
    view: chosen('alpine-db', 'build-2', 'build-10') ?? {},
  }),
  windowScene('library-toast', 'An action that failed', {
    start: variedStart,
    view: { toast: { title: '“desktop” was not started', message: wholeError.message, details: 'ENOSPC' } },
  }),
  windowScene('inspector-running', 'Inspector of a running machine', {
    start: {
      vms: [full],
      usage: usedFor(60),
      events: [
        { at: then, kind: 'unhealthy', reason: 'Port 80 does not answer.' },
        { at: then, kind: 'started', by: 'user' },
      ],
    },
    view: chosen('web-server') ?? {},
  }),
  windowScene('inspector-failed', 'Inspector of a machine that failed', {
    start: variedStart,
    view: chosen('port-clash') ?? {},
  }),
  windowScene('inspector-suspended', 'Inspector of a suspended machine', {
    start: variedStart,
    view: chosen('build-2') ?? {},
  }),
  windowScene('inspector-unreadable', 'Inspector of a folder that can’t be read', {
    start: variedStart,
    view: chosen('old-copy') ?? {},
  }),
];
