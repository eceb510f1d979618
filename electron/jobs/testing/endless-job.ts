import { Log } from '../../host/log.ts';
import { JobList } from '../job-list.ts';

/** Run as a program: begins a job in the journals of argv[2] that never ends, and prints its id once it is on disk. */
const [, , folder = ''] = process.argv;
const list = new JobList(folder, new Log(`${folder}.log`), {
  prepare: () => Promise.reject(new Error('Nobody asks for it.')),
  abandon: () => undefined,
});
const job = list.start({
  kind: 'clone',
  title: 'Going on for ever',
  request: { procedure: 'vms.clone', input: {} },
  run: (work) => {
    work.progress({ step: 'Working' });
    console.log(job.id);
    // A timer keeps the process alive, which a promise does not.
    return new Promise((resolve) => setTimeout(resolve, 2 ** 31 - 1));
  },
});
