import type { Backend, EventName, EventPayload } from '../contract/contract.ts';
import { Emitter } from '../contract/emitter.ts';
import type { Job } from '../contract/job.ts';
import type { Vm, VmId } from '../contract/machine.ts';

/**
 * What the shell shows outside of windows: every VM and job, kept up to date by the same events that windows get.
 * Dispose of it to stop listening.
 */
export class Status implements Disposable {
  readonly #vms = new Map<VmId, Vm>();
  readonly #jobs = new Map<string, Job>();
  readonly #changes = new Emitter<void>();
  #unsubscribe = (): void => {};

  /** Lists once, then follows. Rejects as `vms.list` does. */
  static async open(backend: Backend, signal: AbortSignal): Promise<Status> {
    const status = new Status();
    // What changes while the lists are on their way is newer than they are.
    const early: (() => void)[] = [];
    let listed = false;
    status.#unsubscribe = backend.subscribe((name, payload) => {
      const apply = (): void => status.#apply(name, payload);
      if (listed) apply();
      else early.push(apply);
    });
    try {
      const [vms, jobs] = await Promise.all([
        backend.handlers['vms.list']({ from: 'machines' }, { signal }),
        backend.handlers['jobs.list']({}, { signal }),
      ]);
      for (const vm of vms) status.#vms.set(vm.id, vm);
      for (const job of jobs) status.#jobs.set(job.id, job);
    } catch (error) {
      status[Symbol.dispose]();
      throw error;
    }
    listed = true;
    for (const apply of early) apply();
    return status;
  }

  get vms(): readonly Vm[] {
    return [...this.#vms.values()];
  }

  get jobs(): readonly Job[] {
    return [...this.#jobs.values()];
  }

  vm(id: VmId): Vm | undefined {
    return this.#vms.get(id);
  }

  /** Calls `listener` after every change until the returned function is called. */
  onChange(listener: () => void): () => void {
    return this.#changes.on(listener);
  }

  /** Resolves with the first value other than undefined that `look` gives, now or after a change. */
  until<T>(look: () => T | undefined, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        leave();
        signal.removeEventListener('abort', abort);
      };
      const check = (): void => {
        const value = look();
        if (value === undefined) return;
        stop();
        resolve(value);
      };
      const abort = (): void => {
        stop();
        reject(signal.reason as Error);
      };
      const leave = this.onChange(check);
      if (signal.aborted) {
        abort();
        return;
      }
      signal.addEventListener('abort', abort);
      check();
    });
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
    this.#changes[Symbol.dispose]();
  }

  #apply<N extends EventName>(name: N, payload: EventPayload<N>): void {
    const event = { name, payload } as AnyEvent; // A generic pair can't be narrowed; the union of all pairs can.
    switch (event.name) {
      case 'vm.changed':
        this.#vms.set(event.payload.vm.id, event.payload.vm);
        break;
      case 'vm.removed':
        this.#vms.delete(event.payload.id);
        break;
      case 'vms.replaced':
        this.#vms.clear();
        for (const vm of event.payload.vms) this.#vms.set(vm.id, vm);
        break;
      case 'job.changed':
        this.#jobs.set(event.payload.job.id, event.payload.job);
        break;
      case 'job.removed':
        this.#jobs.delete(event.payload.jobId);
        break;
      default:
        return;
    }
    this.#changes.emit();
  }
}

type AnyEvent = { [N in EventName]: { name: N; payload: EventPayload<N> } }[EventName];
