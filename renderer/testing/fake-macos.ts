import type { Handlers } from '../../electron/contract/contract.ts';
import { AppError } from '../../electron/contract/errors.ts';
import type { Job } from '../../electron/contract/job.ts';
import type { MacDraft, MacOffer, macProcedures, MacReport } from '../../electron/contract/macos.ts';
import { then } from './fixtures.ts';

/** What Apple offers, and what was begun. */
export interface FakeMacs {
  offers: readonly MacOffer[];
  /** What every source resolves to. */
  report: MacReport;
  draft: MacDraft | null;
  log: string | undefined;
}

const gibibyte = 1024 ** 3;

export function appleMacs(): FakeMacs {
  return {
    offers: [
      { version: '26.0', name: 'macOS Tahoe', build: '25A354', isHere: false },
      { version: '15.0', name: 'macOS Sequoia', build: '24A335', isHere: true, bytes: 14_000_000_000 },
    ],
    report: {
      title: 'macOS Tahoe 26.0 (25A354)',
      version: '26.0',
      build: '25A354',
      bytes: 17_400_000_000,
      fetchedBytes: 0,
      freeBytes: 182_000_000_000,
      checks: [
        { id: 'computer', state: 'passed', text: 'This Mac runs macOS guests.' },
        { id: 'slots', state: 'passed', text: '1 of 2 macOS VMs is running, so this one can be installed now.' },
      ],
    },
    draft: null,
    log: undefined,
  };
}

/** An image that is here, and says what it asks for. */
export const imageHere: Partial<MacReport> = {
  file: '/Users/me/.tart/cache/IPSWs/sha256:abc.ipsw',
  fetchedBytes: 17_400_000_000,
  minimum: { cpuCount: 2, memoryBytes: 6 * gibibyte },
};

/** The other side of everything about macOS: every installation begins and goes on until a test ends it. */
export function macHandlers(macs: FakeMacs, add: (job: Job) => Job): Pick<Handlers, keyof typeof macProcedures> {
  const begin = (kind: Job['kind'], title: string, vmId?: string): Job =>
    add({
      id: `${kind}-${title}`,
      kind,
      title,
      ...(vmId === undefined ? {} : { vmId }),
      state: 'running',
      step: 'Downloading macOS',
      fraction: 0.1,
      createdAt: then,
      canPause: kind !== 'start',
    });
  return {
    'macos.list': async () => await Promise.resolve({ offers: [...macs.offers] }),
    'macos.inspect': async () => await Promise.resolve(macs.report),
    'macos.fetch': async () => await Promise.resolve(begin('download', 'Fetching macOS')),
    'macos.install': async ({ name }) =>
      await Promise.resolve(begin('install', `Installing macOS as ${name}`, `local:${name}`)),
    'macos.log': async () => {
      if (macs.log === undefined) throw new AppError('file-not-found', 'Nothing was written down.');
      return await Promise.resolve({ path: '/state/installations/1.log', text: macs.log });
    },
    'macos.draft': async () => await Promise.resolve(macs.draft),
    'macos.keepDraft': async ({ draft }) => {
      macs.draft = draft;
      await Promise.resolve();
    },
    'macos.startInstead': async ({ id }) => await Promise.resolve(begin('start', 'Starting it instead', id)),
  };
}
