import type { ReactElement } from 'react';
import type { MachineImport } from '../../electron/contract/imports.ts';
import type { Job } from '../../electron/contract/job.ts';
import { FileChooser } from '../features/file-chooser/file-chooser.tsx';
import { HealthSheet } from '../features/inspector/health-sheet.tsx';
import { firstDraft } from '../features/new-vm/draft.ts';
import { Steps } from '../features/new-vm/steps.tsx';
import '../features/new-vm/new-vm.css';
import { MoveHomeSheet } from '../features/settings/move-home-sheet.tsx';
import { givenPath } from '../files/given.ts';
import { described } from '../testing/fake-images.ts';
import { home } from '../testing/fake-settings.ts';
import { appleMacs, imageHere } from '../testing/fake-macos.ts';
import { job, linuxHost, machine, macHost, running, then } from '../testing/fixtures.ts';
import { wholeError } from './component-scenes.tsx';
import { images } from './page-scenes.tsx';
import { ownSheetScene, sheetScene } from './stage.tsx';

const ignore = (): void => undefined;
const ubuntu = 'ghcr.io/cirruslabs/ubuntu:latest';
const ended = { endedAt: then, canCancel: false };

const jobs: Job[] = [
  job('web-server', {
    ...{ kind: 'pull', title: 'Pulling ubuntu:latest', step: 'Fetching layers', canPause: true },
    layers: { states: 'vvvvccchhffwwwww', inFlight: { 9: 0.3, 10: 0.8 } },
  }),
  job('paused', { kind: 'install', title: 'Installing macOS as tahoe', state: 'paused', step: 'Downloading macOS' }),
  job('failed', { title: 'Making nightly', state: 'failed', error: wholeError, canRetry: true, ...ended }),
  job('done', { title: 'Making desktop', state: 'succeeded', vmId: 'local:desktop', ...ended }),
  job('export', { kind: 'export', title: 'Exporting web', state: 'succeeded', file: '/home/user/web.tvm', ...ended }),
  job('cancelled', { kind: 'push', title: 'Pushing base:v2', state: 'cancelled', ...ended }),
];

const report: MachineImport = {
  ...{ result: 'machine', name: 'web.qcow2', title: 'QCOW2 disk image', kind: 'qcow2', suggestedName: 'web' },
  ...{ os: 'linux', cpuCount: 4, memoryBytes: 2 ** 32, neededBytes: 3e9, freeBytes: 40e9, clones: false },
  disks: [{ name: 'web.qcow2', format: 'QCOW2', bytes: 20e9, allocatedBytes: 3e9 }],
  canMove: true,
  warnings: ['Its system was never started with UEFI.'],
  leftOut: [{ setting: 'Sound card intel-hda', reason: 'A new machine has none.' }],
};

/** A step of a new machine, with more memory than is free. */
function newMachine(step: number, gibibytes = 2): ReactElement {
  const host = linuxHost();
  const draft = { ...firstDraft('demo', host, undefined), name: 'web-server', memoryBytes: gibibytes * 2 ** 30 };
  return <Steps host={host} begun={{ draft, step }} disc={undefined} onClose={ignore} />;
}

export const sheetScenes = [
  sheetScene('new-vm-source', 'New machine: what to run', { kind: 'new-vm' }),
  sheetScene(
    'new-vm-mac',
    'New machine: macOS',
    { kind: 'new-vm', from: 'macos' },
    {
      start: { host: macHost(), macs: { report: { ...appleMacs().report, ...imageHere } } },
      until: 'text=can be installed on this Mac',
    },
  ),
  ownSheetScene('new-vm-resources', 'New machine: resources', () => newMachine(1, 20)),
  ownSheetScene('new-vm-name', 'New machine: a name that is taken', () => newMachine(2), {
    start: { vms: [machine('web-server')] },
    until: '[role=alert]',
  }),
  sheetScene('jobs-full', 'Jobs in every state', { kind: 'jobs' }, { start: { jobs } }),
  sheetScene('jobs-empty', 'Jobs: none', { kind: 'jobs' }),
  sheetScene('pull-catalog', 'Pull: nothing typed', { kind: 'pull' }),
  sheetScene(
    'pull-described',
    'Pull: known, begun before',
    { kind: 'pull', reference: ubuntu },
    {
      start: { cache: { remote: new Map([[ubuntu, described(ubuntu, { state: 'partial', hereBytes: 0.4e9 })]]) } },
      until: 'text=To fetch',
    },
  ),
  sheetScene(
    'pull-log-in',
    'Pull: the registry asks who one is',
    { kind: 'pull', reference: ubuntu },
    {
      start: { cache: { guarded: new Set(['ghcr.io']) } },
      until: 'text=asks you to log in',
    },
  ),
  sheetScene(
    'pull-unreachable',
    'Pull: the registry can’t be reached',
    { kind: 'pull', reference: ubuntu },
    {
      prepare: (client) =>
        client.refuse('images.describe', { code: 'registry-unreachable', message: 'ghcr.io does not answer.' }),
      until: 'text=ghcr.io does not answer.',
    },
  ),
  sheetScene('push-machine', 'Push a machine', {
    kind: 'push',
    from: { kind: 'vm', id: 'local:web-server', name: 'web-server' },
  }),
  sheetScene('push-image', 'Push an image', { kind: 'push', from: { kind: 'image', reference: ubuntu } }),
  sheetScene('prune-full', 'Prune', { kind: 'prune' }, { start: { cache: { images } }, until: 'text=, at most' }),
  sheetScene('prune-empty', 'Prune: nothing to take', { kind: 'prune' }, { until: 'text=nothing that could' }),
  sheetScene(
    'prune-error',
    'Prune: can’t look',
    { kind: 'prune' },
    {
      prepare: (client) => client.refuse('images.prunePreview', wholeError),
      until: '.problem',
    },
  ),
  sheetScene(
    'registries-full',
    'Registries',
    { kind: 'registries' },
    {
      start: {
        cache: {
          registries: [
            { host: 'ghcr.io', username: 'ada', source: 'keychain', canLogOut: true },
            { host: 'registry.example.com', source: 'docker-helper', canLogOut: false },
          ],
        },
      },
      until: '.registry-list',
    },
  ),
  sheetScene('registries-empty', 'Registries: none', { kind: 'registries' }, { until: 'text=None yet' }),
  sheetScene(
    'from-image',
    'A machine from an image',
    { kind: 'from-image', imageId: 'base' },
    {
      start: { cache: { images } },
      until: 'text=Start it when it is made',
    },
  ),
  sheetScene(
    'delete-images',
    'Delete images',
    { kind: 'delete-images', imageIds: ['base', 'runner'] },
    {
      start: { cache: { images } },
      until: 'text=Delete 2 images?',
    },
  ),
  sheetScene(
    'import-machine',
    'Import',
    { kind: 'import', given: [givenPath('/home/user/web.qcow2')] },
    {
      prepare: ({ world }) => world.intake.reports.set('web.qcow2', report),
      until: 'text=Becomes',
    },
  ),
  sheetScene(
    'import-several',
    'Import: one can’t be, one does not fit',
    { kind: 'import', given: [givenPath('/home/user/web.qcow2'), givenPath('/home/user/half.vhdx')] },
    {
      prepare: ({ world }) => {
        world.intake.reports.set('web.qcow2', { ...report, freeBytes: 1e9 });
        const refused = { result: 'refused', name: 'half.vhdx', title: 'VHDX disk image', error: wholeError } as const;
        world.intake.reports.set('half.vhdx', refused);
      },
      until: '.problem-message',
    },
  ),
  sheetScene('export', 'Export', { kind: 'export', id: 'local:web-server' }, { until: 'text=free there' }),
  sheetScene(
    'export-exists',
    'Export: the file exists',
    { kind: 'export', id: 'local:web-server' },
    {
      prepare: ({ world }) => {
        world.intake.exported = { exists: true, warnings: ['Its saved state does not go along.'] };
      },
      until: 'text=Replace it',
    },
  ),
  sheetScene(
    'allow-paths',
    'A machine that opens more than its folder',
    {
      kind: 'allow-paths',
      id: 'local:web-server',
      paths: [
        { kind: 'disk', path: '/srv/disks/data.img', writable: true },
        { kind: 'folder', path: '/home/user/My Documents', writable: false },
      ],
    },
    { until: 'text=web-server' },
  ),
  sheetScene(
    'mac-limit',
    'A third macOS machine',
    { kind: 'mac-limit', id: 'local:third', error: wholeError },
    {
      start: {
        host: macHost(),
        vms: [
          machine('first', { os: 'darwin', arch: 'arm64', state: running }),
          machine('second', { os: 'darwin', arch: 'arm64', state: running }),
          machine('third', { os: 'darwin', arch: 'arm64' }),
        ],
      },
      until: 'text=Choose one',
    },
  ),
  sheetScene('duplicate', 'Duplicate', { kind: 'duplicate', id: 'local:web-server' }),
  sheetScene('confirm-delete', 'Move to the Trash', { kind: 'confirm', verb: 'delete', ids: ['local:web-server'] }),
  sheetScene('palette', 'Command palette', { kind: 'palette' }),
  sheetScene('keys', 'Keyboard shortcuts', { kind: 'keys' }),
  sheetScene('service', 'Run at login', { kind: 'service' }, { until: 'text=The file that will be written' }),
  ownSheetScene(
    'file-chooser',
    'Choose a file of the host',
    () => (
      <FileChooser
        options={{ title: 'Choose a Disc', kind: 'file', extensions: ['.iso', '.txt'] }}
        onChoose={ignore}
        onClose={ignore}
      />
    ),
    { start: { host: linuxHost() }, until: 'text=notes.txt' },
  ),
  sheetScene('quick-look', 'Quick Look', { kind: 'quick-look', id: 'local:web-server' }, { until: '.quick-look' }),
  ownSheetScene('health', 'Health check', () => <HealthSheet vm={machine('web-server')} onClose={ignore} />),
  ownSheetScene('move-home', 'Move a home', () => (
    <MoveHomeSheet home={home('/home/user/.tart', { inUse: true })} onClose={ignore} />
  )),
];
