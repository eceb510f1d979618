import type { CheckResult } from '../../electron/contract/doctor.ts';
import { image } from '../testing/fake-images.ts';
import { sharedNetwork } from '../testing/fake-network.ts';
import { linuxHost, machine, macHost } from '../testing/fixtures.ts';
import { wholeError } from './component-scenes.tsx';
import { SessionGate } from '../features/session/session-gate.tsx';
import { SettingsWindow } from '../window/settings-window.tsx';
import { pageScene, windowScene } from './stage.tsx';

/** Images in each state: used, pinned, without a tag, broken. */
export const images = [
  image('ghcr.io/cirruslabs/ubuntu', { tags: ['24.04', 'latest'], usedBy: ['local:web-server'] }),
  image('ghcr.io/team/base', { pinned: true, id: 'base', tags: ['v2'] }),
  image('localhost:5000/ci/runner', { id: 'runner', tags: [] }),
  image('ghcr.io/cirruslabs/macos-tahoe-base', { id: 'tahoe', os: 'darwin', allocatedBytes: 41e9, diskBytes: 60e9 }),
  image('ghcr.io/team/broken', { id: 'broken', error: 'Its disk is missing.' }),
];

const check = (id: string, more: Partial<CheckResult>): CheckResult => ({
  ...{ id, title: id, state: 'passed', summary: 'It is as it should be.', lookedAt: 'Looked at it.', fixes: [] },
  ...more,
});

const checks = [
  check('Keychain', {
    state: 'failed',
    summary: 'It is locked, so logins can’t be read.',
    details: 'SecKeychainCopyDefault: -25308',
    fixes: [{ id: 'unlock', title: 'Unlock', kind: 'command', says: 'security unlock-keychain' }],
  }),
  check('Cached images', {
    state: 'attention',
    summary: 'Three links lead nowhere.',
    fixes: [{ id: 'links', title: 'Remove 3 Links', kind: 'safe', says: 'They lead nowhere.' }],
  }),
  check('Free space', {}),
  check('Softnet', { state: 'skipped', summary: 'It is a part of macOS.' }),
];

const leases = Array.from({ length: 3 }, (_, index) => ({
  name: `guest-${index}`,
  address: `192.168.64.${index + 2}`,
  owner: `52:54:00:00:00:0${index}`,
  ownerKind: 'ethernet' as const,
  expiresAt: '2026-02-04T04:05:06.000Z',
  isExpired: false,
}));

const imagesPage = { page: 'images' } as const;
const networkPage = { page: 'network' } as const;
const doctorPage = { page: 'doctor' } as const;
const settingsPage = { page: 'settings' } as const;

export const pageScenes = [
  windowScene('images-full', 'Images', {
    start: { vms: [machine('web-server')], cache: { images } },
    view: imagesPage,
  }),
  windowScene('images-chosen', 'Images, two chosen', {
    start: { cache: { images } },
    view: {
      ...imagesPage,
      images: {
        ...{ query: '', sort: 'name', descending: false, anchor: undefined, focus: undefined },
        selection: new Set(['base', 'runner']),
      },
    },
  }),
  windowScene('images-empty', 'Images: none', { view: imagesPage }),
  windowScene('images-loading', 'Images: loading', {
    prepare: (client) => client.hold('images.list'),
    view: imagesPage,
  }),
  windowScene('network-linux', 'Network of Linux', {
    start: { vms: [machine('web-server')], host: linuxHost() },
    view: networkPage,
  }),
  windowScene('network-mac', 'Network of a Mac, nearly full', {
    start: { host: macHost(), network: sharedNetwork({ leases, leaseCount: leases.length }) },
    view: networkPage,
    until: 'text=253 guests',
  }),
  windowScene('network-loading', 'Network: loading', {
    prepare: (client) => client.hold('network.get'),
    view: networkPage,
  }),
  windowScene('network-error', 'Network: can’t be read', {
    prepare: (client) => client.refuse('network.get', wholeError),
    view: networkPage,
  }),
  windowScene('doctor-full', 'Doctor', { start: { checks }, view: doctorPage }),
  windowScene('doctor-well', 'Doctor: all is well', {
    start: { checks: [check('Keychain', {}), check('Free space', {})] },
    view: doctorPage,
  }),
  windowScene('doctor-loading', 'Doctor: looking', {
    prepare: (client) => client.hold('doctor.examine'),
    view: doctorPage,
  }),
  windowScene('doctor-error', 'Doctor: can’t look', {
    prepare: (client) => client.refuse('doctor.examine', wholeError),
    view: doctorPage,
  }),
  windowScene('settings-page', 'Settings', { view: settingsPage }),
  windowScene('settings-loading', 'Settings: loading', {
    prepare: (client) => client.hold('settings.get'),
    view: settingsPage,
  }),
  windowScene('settings-error', 'Settings: can’t be read', {
    prepare: (client) => client.refuse('settings.get', wholeError),
    view: settingsPage,
  }),
  pageScene('settings-window', 'Settings in a window of their own', () => <SettingsWindow />),
  pageScene('session-over', 'This browser is logged out', (client) => {
    client.setConnection('over');
    return (
      <SessionGate client={client}>
        <p>Nothing of this may be seen.</p>
      </SessionGate>
    );
  }),
];
