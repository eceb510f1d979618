import type { Job, JobKind } from '../../../electron/contract/job.ts';
import type { IconName } from '../../components/icon.tsx';

/** What is at work; kinds without a picture of their own have that of jobs. */
const kinds: Partial<Record<JobKind, IconName>> = {
  create: 'plus',
  clone: 'copy',
  start: 'play',
  pull: 'download',
  download: 'download',
  push: 'upload',
  import: 'import',
  export: 'export',
  prune: 'broom',
  verify: 'search',
  install: 'disc',
  send: 'upload',
};

/** The picture beside a job: how it stands, or what it does while it runs. */
export function jobIcon({ state, kind }: Pick<Job, 'state' | 'kind'>): IconName {
  switch (state) {
    case 'failed':
      return 'warning';
    case 'succeeded':
      return 'check';
    case 'cancelled':
      return 'close';
    case 'paused':
      return 'pause';
    case 'running':
      return kinds[kind] ?? 'jobs';
  }
}
