import type { ParsedInput, ProcedureInput, ProcedureName, ProcedureOutput } from '../contract/contract.ts';
import { AppError } from '../contract/errors.ts';
import { parseInput } from '../contract/parse-input.ts';
import type { Job } from '../contract/job.ts';
import type { ProcedureTable } from '../contract/procedure.ts';
import type { JobRequest } from '../jobs/job-journal.ts';
import type { JobSpec } from '../jobs/job-spec.ts';
import { partsOf } from '../jobs/weighted-parts.ts';
import type { Work } from '../jobs/work.ts';
import { areas } from './all.ts';
import type { AreaName, LongName, LongOperation, Plan, Request, Result, ShortOperation } from './operation.ts';
import type { LoadedServices, Services } from './services.ts';

/** Short operations that can be a part of a job, or be tried again as one. */
const steps: Partial<Record<ProcedureName, () => Promise<{ operation: AnyLong }>>> = {
  'machines.start': () => import('./machines/start.ts'),
};

// What a table row takes and gives follows from its name, which the compiler can't follow once the name is a variable:
// from here on the input is what the schema of the same row made of it.
type AnyLong = LongOperation<never, unknown>;
type AnyShort = ShortOperation<never>;
interface AnyArea {
  readonly needs: 'library' | 'everything';
  readonly procedures: () => Promise<ProcedureTable>;
  readonly rows: Record<string, AnyShort | { load: () => Promise<{ operation: AnyLong }> }>;
}

async function areaOf(name: ProcedureName): Promise<AnyArea> {
  return (await areas[name.slice(0, name.indexOf('.')) as AreaName]()) as unknown as AnyArea;
}

/**
 * Does what a procedure of the contract says. A long one answers with its job, which goes on by itself.
 * @throws AppError of the operation; `invalid-input` where the input does not fit the contract
 */
export async function operate<N extends ProcedureName>(
  services: Services,
  name: N,
  input: ProcedureInput<N>,
  signal: AbortSignal,
): Promise<ProcedureOutput<N>> {
  return await operateParsed(services, name, await parsed(name, input), signal);
}

/** @throws AppError `invalid-input` */
async function parsed<N extends ProcedureName>(name: N, input: ProcedureInput<N>): Promise<ParsedInput<N>> {
  const procedure = (await (await areaOf(name)).procedures())[name];
  if (procedure === undefined) throw new AppError('not-supported', `There is no procedure ${JSON.stringify(name)}.`);
  return parseInput(procedure.input, input) as ParsedInput<N>;
}

/** As {@link operate}, of an input that is as its schema makes it: nothing is loaded to check it. */
export async function operateParsed<N extends ProcedureName>(
  services: Services,
  name: N,
  input: ParsedInput<N>,
  signal: AbortSignal,
): Promise<ProcedureOutput<N>> {
  const area = await areaOf(name);
  const row = area.rows[name];
  if (typeof row === 'function')
    return await row((await contextOf(services, area)) as LoadedServices, input as never, signal);
  const { job } = await startParsed(services, name as LongName, input as never, signal);
  return job as ProcedureOutput<N>;
}

async function contextOf(services: Services, area: AnyArea): Promise<Services> {
  return area.needs === 'everything' ? await services.load() : services;
}

/**
 * Begins the job of a long operation. `result` is what it makes, once all that follows from it is done too, or why the job
 * ended without. @throws AppError
 */
export async function startJob<N extends LongName>(
  services: Services,
  name: N,
  input: ProcedureInput<N>,
  signal: AbortSignal,
): Promise<{ job: Job; result: Promise<Result<N>> }> {
  return await startParsed(services, name, await parsed(name, input), signal);
}

async function startParsed<N extends LongName>(
  services: Services,
  name: N,
  input: ParsedInput<N>,
  signal: AbortSignal,
): Promise<{ job: Job; result: Promise<Result<N>> }> {
  const loaded = await services.load();
  const { operation } = await longOperation(name);
  const plan = (await operation.prepare(loaded, input as never, signal)) as Plan<Result<N>>;
  const { promise, resolve, reject } = Promise.withResolvers<Result<N>>();
  // Most who begin a job only look at the list.
  promise.catch(() => undefined);
  const made = Promise.withResolvers<Result<N>>();
  const watched: Plan<Result<N>> = {
    ...plan,
    run: async (work, setRetryRequest) => {
      const result = await plan.run(work, setRetryRequest);
      made.resolve(result);
      return result;
    },
  };
  const spec = specOf(loaded, operation, watched, { procedure: name, input });
  const job = loaded.jobs.start({
    ...spec,
    run: async (work, setRetryRequest) => {
      try {
        await spec.run(work, setRetryRequest);
        resolve(made.promise);
      } catch (error) {
        reject(error);
        throw error;
      }
    },
  });
  await plan.onStarted?.(job);
  return { job, result: promise };
}

async function longOperation(name: ProcedureName): Promise<{ operation: AnyLong }> {
  const row = (await areaOf(name)).rows[name];
  if (typeof row === 'object') return await row.load();
  const step = steps[name];
  if (step === undefined) throw notRepeatable();
  return await step();
}

/** What a request from a journal comes to: the job that does it again. @throws AppError `not-supported`, and of the operation */
export async function prepareJob(services: Services, request: JobRequest): Promise<JobSpec> {
  const loaded = await services.load();
  const { operation, input } = await resolve(request);
  return specOf(loaded, operation, await operation.prepare(loaded, input, new AbortController().signal), request);
}

/** Deletes what a request has left for another try that nobody will make. */
export function abandon(services: Services, request: JobRequest): void {
  const work = async (): Promise<void> => {
    const { operation, input } = await resolve(request);
    await operation.abandon?.(await services.load(), input);
  };
  work().catch((error: unknown) => services.log.warn('What an abandoned job left was not deleted', error));
}

/** A journal is a file, and another version may have written it. @throws AppError `not-supported` */
async function resolve({ procedure, input }: JobRequest): Promise<{ operation: AnyLong; input: never }> {
  if (!Object.hasOwn(areas, procedure.split('.')[0] ?? '')) throw notRepeatable();
  const name = procedure as ProcedureName;
  const area = await areaOf(name);
  const parsed = (await area.procedures())[name]?.input.safeParse(input);
  if (parsed?.success !== true) throw notRepeatable();
  return { ...(await longOperation(name)), input: parsed.data as never };
}

function specOf(services: LoadedServices, operation: AnyLong, plan: Plan<unknown>, request: JobRequest): JobSpec {
  return {
    kind: operation.kind,
    title: plan.title,
    ...(plan.vmId === undefined ? {} : { vmId: plan.vmId }),
    ...(plan.canPause === undefined ? {} : { canPause: plan.canPause }),
    ...(plan.file === undefined ? {} : { file: plan.file }),
    ...(plan.canRepeat === false ? {} : { request }),
    run: async (work, setRetryRequest) => await runPlan(services, plan, work, setRetryRequest),
  };
}

/** Carries out a plan and what follows from it, in one progress from end to end. */
async function runPlan(
  services: LoadedServices,
  plan: Plan<unknown>,
  work: Work,
  setRetryRequest: (request: JobRequest) => void,
): Promise<void> {
  const { next } = plan;
  if (next === undefined) {
    await plan.run(work, setRetryRequest);
    return;
  }
  const [own, rest] = partsOf(work, next.weights);
  const request: Request = next.request(await plan.run(own, setRetryRequest));
  // It is done for good, so what can be tried again is the rest.
  setRetryRequest(request);
  const { operation, input } = await resolve(request);
  await runPlan(services, await operation.prepare(services, input, work.signal), rest, setRetryRequest);
}

function notRepeatable(): AppError {
  return new AppError('not-supported', 'This version of Tatin can’t do that job again.');
}
