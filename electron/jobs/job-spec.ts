import type { JobKind } from '../contract/job.ts';
import type { VmId } from '../contract/machine.ts';
import type { JobRequest } from './job-journal.ts';
import type { Work } from './work.ts';

export interface JobSpec {
  kind: JobKind;
  /** "Making demo-linux", in the user's words. */
  title: string;
  vmId?: VmId;
  /** What was asked, so that it can be asked again, also after a restart. */
  request?: JobRequest;
  /** Whether its work keeps what it has done, so that the same request goes on from there; it needs a `request`. */
  canPause?: boolean;
  /** Absolute path of the file that it makes, for a caller that wants it. */
  file?: string;
  /** `setRetryRequest` names what is left to ask for if the rest fails, once a part of it is done for good. */
  run: (work: Work, setRetryRequest: (request: JobRequest) => void) => Promise<void>;
}

/** What knows the work behind a request. */
export interface JobSource {
  /** The work that does what was asked. @throws AppError */
  prepare(request: JobRequest): Promise<JobSpec>;
  /**
   * Told of a request when nobody will go on with it: its job was cancelled for good, or one that did not succeed is taken
   * off the list by a person. Another try in its place is no such end.
   */
  abandon(request: JobRequest): void;
}
