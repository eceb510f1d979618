import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Client, ConnectionState } from '../../electron/contract/contract.ts';
import { AppError, type ErrorInfo } from '../../electron/contract/errors.ts';
import type { Host } from '../../electron/contract/host.ts';
import type { Image } from '../../electron/contract/images.ts';
import type { Job } from '../../electron/contract/job.ts';
import type { Vm, VmId } from '../../electron/contract/machine.ts';
import type { Settings } from '../../electron/contract/settings.ts';

/** What the other side says there is, as last told. */
export interface LibraryState {
  readonly connection: ConnectionState;
  /** Undefined until the first list has come. */
  readonly vms: ReadonlyMap<VmId, Vm> | undefined;
  readonly jobs: readonly Job[];
  readonly host: Host | undefined;
  /** Images of registries in the cache; undefined until the first list has come. */
  readonly images: readonly Image[] | undefined;
  /** Undefined until they have come; the defaults hold then. */
  readonly settings: Settings | undefined;
  /** What is wrong with the library as a whole: the home is gone. Until it is solved, or put aside by the user. */
  readonly error: ErrorInfo | undefined;
}

export type LibraryStore = StoreApi<LibraryState>;

/** Follows the library through a client: lists after every (re)connection, and takes in every event. */
export function followLibrary(client: Client): LibraryStore {
  const store = createStore<LibraryState>(() => ({
    connection: 'connecting',
    vms: undefined,
    jobs: [],
    host: undefined,
    images: undefined,
    settings: undefined,
    error: undefined,
  }));
  const set = store.setState;
  client.on('vm.changed', ({ vm }) =>
    set(({ vms }) => (vms === undefined ? {} : { vms: new Map(vms).set(vm.id, vm) })),
  );
  client.on('vm.removed', ({ id }) => set(({ vms }) => (vms === undefined ? {} : { vms: without(vms, id) })));
  client.on('vms.replaced', ({ vms }) => set({ vms: byId(vms), error: undefined }));
  client.on('job.changed', ({ job }) => set(({ jobs }) => ({ jobs: withJob(jobs, job) })));
  client.on('job.removed', ({ jobId }) => set(({ jobs }) => ({ jobs: jobs.filter(({ id }) => id !== jobId) })));
  client.on('images.replaced', ({ images }) => set({ images }));
  client.on('settings.changed', ({ report: { settings } }) => set({ settings }));
  client.on('host.changed', ({ host }) => set(host.home.error === undefined ? { host, error: undefined } : { host }));
  client.on('notice', ({ error }) => set({ error }));
  client.onConnection((connection) => {
    set({ connection });
    if (connection === 'connected') void listAgain(client, store);
  });
  return store;
}

/** Asks for everything anew; what goes wrong is in the store afterwards. */
export async function listAgain(client: Client, store: LibraryStore): Promise<void> {
  const set = store.setState;
  try {
    // Each is taken in when it comes: an event after it is newer, also while another list is waited for.
    await Promise.all([
      client.call('vms.list', {}).then((vms) => set({ vms: byId(vms) })),
      client.call('jobs.list', {}).then((jobs) => set({ jobs })),
      client.call('host.get', {}).then((host) => set({ host })),
      client.call('images.list', {}).then((images) => set({ images })),
      client.call('settings.get', {}).then(({ settings }) => set({ settings })),
    ]);
    set({ error: undefined });
  } catch (error) {
    store.setState({ error: AppError.from(error).toInfo(), vms: store.getState().vms ?? new Map() });
  }
}

function byId(vms: readonly Vm[]): Map<VmId, Vm> {
  return new Map(vms.map((vm) => [vm.id, vm]));
}

function without(vms: ReadonlyMap<VmId, Vm>, id: VmId): Map<VmId, Vm> {
  const rest = new Map(vms);
  rest.delete(id);
  return rest;
}

/** Newest first, each once. */
function withJob(jobs: readonly Job[], job: Job): Job[] {
  const isKnown = jobs.some(({ id }) => id === job.id);
  return isKnown ? jobs.map((known) => (known.id === job.id ? job : known)) : [job, ...jobs];
}
