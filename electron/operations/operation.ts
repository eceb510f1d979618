import type { z } from 'zod';
import type { ParsedInput, ProcedureInput, ProcedureName, ProcedureOutput, Procedures } from '../contract/contract.ts';
import type { Job, JobKind } from '../contract/job.ts';
import type { VmId } from '../contract/machine.ts';
import type { ProcedureTable } from '../contract/procedure.ts';
import type { Work } from '../jobs/work.ts';
import type { LoadedServices, Services } from './services.ts';

/** Procedures whose answer is a job. */
export type LongName = {
  [N in ProcedureName]: Procedures[N] extends { readonly result: z.ZodType } ? N : never;
}[ProcedureName];

/** What the job of a procedure makes. */
export type Result<N extends LongName> = z.output<Procedures[N]['result']>;

/** A procedure and its input: what is asked, also what a journal remembers. */
export type Request<N extends ProcedureName = ProcedureName> = {
  [M in N]: { readonly procedure: M; readonly input: ProcedureInput<M> };
}[N];

/** Answers at once. `signal` aborts when who asked goes away; what must not end with them ignores it. */
export type ShortOperation<N extends ProcedureName, S extends Services = LoadedServices> = (
  services: S,
  input: ParsedInput<N>,
  signal: AbortSignal,
) => ProcedureOutput<N> | Promise<ProcedureOutput<N>>;

/** Work that goes on as a job when who asked is gone. Each is a file of its own that exports it as `operation`. */
export interface LongOperation<Input, R> {
  readonly kind: JobKind;
  /** Finds out what is wrong with the request, changing nothing, and says what is to be done. @throws AppError */
  prepare(services: LoadedServices, input: Input, signal: AbortSignal): Plan<R> | Promise<Plan<R>>;
  /** Deletes what is kept for another try: nobody will make one. */
  abandon?(services: LoadedServices, input: Input): Promise<void>;
}

/** What a request comes to, once it is known to make sense. */
export interface Plan<R> {
  /** "Making demo-linux", in the user's words. */
  readonly title: string;
  /** The VM that it is about or will make. */
  readonly vmId?: VmId | undefined;
  /** Whether its work keeps what it has done, so that the same request goes on from there. */
  readonly canPause?: boolean;
  /** Absolute path of the file that it makes. */
  readonly file?: string;
  /** False where the same request can't be made again. */
  readonly canRepeat?: boolean;
  /** `setRetryRequest` says what is left to ask for if the rest fails, once a part is done for good. */
  run(work: Work, setRetryRequest: (request: Request) => void): Promise<R>;
  /**
   * What is done afterwards, as a part of the same job; a retry begins there once this is done. Of the job's progress, the
   * weights are the shares of this and of all that follows.
   */
  readonly next?: { readonly weights: readonly [own: number, rest: number]; request(result: R): Request } | undefined;
  /** Called with the job as soon as it is on the list. */
  onStarted?(job: Job): Promise<void>;
}

/** The first part of a procedure's name. */
export type AreaName = ProcedureName extends infer N ? (N extends `${infer Area}.${string}` ? Area : never) : never;

/** A row of an area's table: a short operation is a function, the code of a long one is loaded when it is asked for. */
type Row<N extends ProcedureName, S extends Services> = N extends LongName
  ? { readonly load: () => Promise<{ readonly operation: LongOperation<ParsedInput<N>, Result<N>> }> }
  : ShortOperation<N, S>;

/** The operations of one area, all of them: one that is missing does not compile. */
export interface Area<A extends AreaName = AreaName, S extends Services = Services> {
  /** `library`: they need no more than {@link Services}, so a command that only reads folders starts quickly. */
  readonly needs: S extends LoadedServices ? 'everything' : 'library';
  /** Their part of the contract, which takes longer to load than many of them to run. */
  readonly procedures: () => Promise<Pick<Procedures, Extract<ProcedureName, `${A}.${string}`>> & ProcedureTable>;
  readonly rows: { readonly [N in Extract<ProcedureName, `${A}.${string}`>]: Row<N, S> };
}
