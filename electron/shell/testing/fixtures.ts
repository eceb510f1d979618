import type { Backend, EventName, EventPayload, Handlers, ProcedureName } from '../../contract/contract.ts';
import { AppError } from '../../contract/errors.ts';
import { jobSchema, type Job } from '../../contract/job.ts';
import { isAlive } from '../../contract/verbs.ts';
import { vmSchema, type MachineState, type MachineVm, type Vm, type VmId } from '../../contract/machine.ts';

/** The moment at which every example began what it does. */
export const since = '2026-01-02T03:04:00.000Z';

/** One example of every phase. */
export const states = {
  stopped: { phase: 'stopped' },
  starting: { phase: 'starting', since },
  running: { phase: 'running', since, owner: 'tatin', pid: 7 },
  pausing: { phase: 'pausing', since },
  paused: { phase: 'paused', since },
  resuming: { phase: 'resuming', since },
  saving: { phase: 'saving', since },
  suspended: { phase: 'suspended', since },
  restoring: { phase: 'restoring', since },
  stopping: { phase: 'stopping', since, how: 'asked' },
  failed: { phase: 'failed', since, error: { code: 'no-space', message: 'The disk of this computer is full.' } },
} as const satisfies { [P in MachineState['phase']]: Extract<MachineState, { phase: P }> };

/** A VM named `name` in that state. */
export function machine(name: string, state: MachineState = states.stopped, more: Partial<MachineVm> = {}): MachineVm {
  const vm = vmSchema.parse({
    kind: 'machine',
    id: `local:${name}`,
    name,
    folder: `/home/me/.tart/vms/${name}`,
    os: 'linux',
    arch: 'amd64',
    cpuCount: 2,
    memoryBytes: 2 ** 30,
    macAddress: '02:00:00:00:00:01',
    display: { width: 1024, height: 768 },
    diskFormat: 'raw',
    diskBytes: 4e9,
    allocatedBytes: 5e7,
    accessedAt: since,
    state,
    ...(isAlive(state.phase) ? { survivesApp: true } : {}),
    annotations: {},
    ...more,
  });
  if (vm.kind !== 'machine') throw new Error('The example is a machine.');
  return vm;
}

/** Where a guest is reached. */
export function address(ip: string): Pick<MachineVm, 'address'> {
  return { address: { ip, source: 'agent', at: since } };
}

/** A job called `title` in that state. */
export function job(title: string, state: Job['state'], more: Partial<Job> = {}): Job {
  return jobSchema.parse({
    id: title,
    kind: 'create',
    title,
    state,
    createdAt: since,
    // The schema keeps of these what the state has.
    endedAt: since,
    error: { code: 'unexpected', message: 'It failed.' },
    canRetry: false,
    ...more,
  });
}

/** A backend over VMs and jobs in memory, whose machines change when a test says so. */
export class TestBackend implements Backend {
  readonly vms = new Map<VmId, Vm>();
  readonly jobs = new Map<string, Job>();
  /** Every request so far, as "machines.suspend local:a". */
  readonly requests: string[] = [];
  readonly #listeners = new Set<<N extends EventName>(name: N, payload: EventPayload<N>) => void>();
  readonly #answers: Partial<Handlers> = {};
  readonly handlers: Handlers;

  constructor(vms: readonly Vm[] = [], jobs: readonly Job[] = []) {
    for (const vm of vms) this.vms.set(vm.id, vm);
    for (const one of jobs) this.jobs.set(one.id, one);
    this.answer('vms.list', () => Promise.resolve([...this.vms.values()]));
    this.answer('jobs.list', () => Promise.resolve([...this.jobs.values()]));
    // Every handler is there, and records that it was asked.
    this.handlers = new Proxy({} as Handlers, {
      get: (_target, name: ProcedureName) => async (input: { id?: string }, context: { signal: AbortSignal }) => {
        this.requests.push(input.id === undefined ? name : `${name} ${input.id}`);
        const answer = this.#answers[name];
        if (answer === undefined) throw new AppError('not-supported', `No answer to ${name}.`);
        // The proxy gives each name its own handler; here they are all alike.
        return (answer as (input: unknown, context: unknown) => Promise<unknown>)(input, context);
      },
    });
  }

  /** What a procedure answers from now on. */
  answer<N extends ProcedureName>(name: N, handler: Handlers[N]): void {
    (this.#answers as Record<string, unknown>)[name] = handler;
  }

  /** A machine goes into a state, and everyone hears of it. Answers with the row, as the procedures do. */
  enter(id: VmId, state: MachineState): Vm {
    const vm = this.vms.get(id);
    if (vm?.kind !== 'machine') throw new Error(`No machine ${id}`);
    const changed = { ...vm, state };
    this.vms.set(id, changed);
    this.emit('vm.changed', { vm: changed });
    return changed;
  }

  /** A job changes. */
  change(one: Job): void {
    this.jobs.set(one.id, one);
    this.emit('job.changed', { job: one });
  }

  emit<N extends EventName>(name: N, payload: EventPayload<N>): void {
    for (const listener of this.#listeners) listener(name, payload);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  subscribe(listener: <N extends EventName>(name: N, payload: EventPayload<N>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  openChannel(): Promise<never> {
    return Promise.reject(new AppError('not-supported', 'The desktop opens no channel itself.'));
  }
}
