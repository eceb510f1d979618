import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Client } from '../../../electron/contract/contract.ts';
import { AppError, type ErrorInfo } from '../../../electron/contract/errors.ts';
import type { ImportReport, ImportSource } from '../../../electron/contract/imports.ts';
import type { GuestArch } from '../../../electron/contract/machine.ts';
import type { Given } from '../../files/given.ts';
import { sendFile } from '../../files/send-file.ts';
import { PageUploads } from './page-uploads.ts';

/** What a person decides of a machine that is imported. */
export interface Choices {
  readonly name: string;
  /** Asked where nothing in the file says so. */
  readonly arch: GuestArch;
  readonly how: 'copy' | 'move';
  readonly start: boolean;
}

/** How far one thing is on its way in. */
type IncomingState =
  | { readonly step: 'sending'; readonly sentBytes: number; readonly totalBytes: number; readonly takenMs: number }
  | { readonly step: 'looking' }
  | { readonly step: 'known'; readonly report: ImportReport; readonly source: ImportSource }
  | { readonly step: 'failed'; readonly error: ErrorInfo };

export interface Incoming {
  readonly key: string;
  readonly name: string;
  readonly state: IncomingState;
  readonly choices: Choices;
  /** Why the library can't have a machine of that name. */
  readonly nameProblem?: string | undefined;
  /** Why the import did not begin, as the other side said. */
  readonly refusal?: ErrorInfo | undefined;
}

type IncomingStore = StoreApi<readonly Incoming[]>;

/**
 * Things on their way into the library: each is sent where the page has only its bytes, looked at, and imported with what
 * was decided. Closing it gives up whatever was not begun, and leaves nothing of it behind.
 */
export class ImportDraft {
  readonly store: IncomingStore = createStore<readonly Incoming[]>(() => []);
  readonly #client: Client;
  readonly #hostArch: GuestArch;
  readonly #ends = new Map<string, AbortController>();
  readonly #uploads: PageUploads;

  constructor(client: Client, hostArch: GuestArch) {
    this.#client = client;
    this.#hostArch = hostArch;
    this.#uploads = new PageUploads(client);
  }

  /** Takes in what it does not have yet. */
  add(given: readonly Given[]): void {
    for (const one of given) this.#add(one.key, one.name, (signal) => this.#sourceOf(one, signal));
  }

  #add(key: string, name: string, find: (signal: AbortSignal) => Promise<ImportSource>): void {
    if (this.#ends.has(key)) return;
    const ended = new AbortController();
    this.#ends.set(key, ended);
    const choices: Choices = { name: '', arch: this.#hostArch, how: 'copy', start: false };
    this.store.setState((all) => [...all, { key, name, choices, state: { step: 'looking' } }], true);
    this.#look(key, find, ended.signal).catch((error: unknown) => {
      if (!ended.signal.aborted) this.#set(key, { state: { step: 'failed', error: AppError.from(error).toInfo() } });
    });
  }

  choose(key: string, changes: Partial<Choices>): void {
    const found = this.#get(key);
    if (found === undefined) return;
    this.#set(key, { choices: { ...found.choices, ...changes }, refusal: undefined });
    if (changes.name !== undefined) void this.#checkName(key, changes.name);
  }

  /** Gives one up. */
  remove(key: string): void {
    this.#ends.get(key)?.abort();
    this.store.setState((all) => all.filter((one) => one.key !== key), true);
    this.#uploads.release(key);
  }

  /** Begins the import of one as a job, and takes it off the list; what stands against it is its `refusal` otherwise. */
  async start(key: string): Promise<void> {
    const found = this.#get(key);
    if (found?.state.step !== 'known' || found.state.report.result !== 'machine') return;
    const { choices, state } = found;
    try {
      await this.#client.call('imports.start', { source: state.source, ...choices });
      // The job holds what was sent, so that it may be let go of here.
      this.remove(key);
    } catch (error) {
      this.#set(key, { refusal: AppError.from(error).toInfo() });
    }
  }

  close(): void {
    for (const { key } of this.store.getState()) this.remove(key);
    this.#ends.clear();
  }

  async #look(key: string, find: (signal: AbortSignal) => Promise<ImportSource>, signal: AbortSignal): Promise<void> {
    const source = await find(signal);
    this.#set(key, { state: { step: 'looking' } });
    const report = await this.#client.call('imports.inspect', { source }, { signal });
    if (report.result === 'several') {
      this.#takeApart(key, report.sources);
      return;
    }
    this.#set(key, { state: { step: 'known', report, source } });
    if (report.result === 'machine') this.choose(key, { name: this.#freeName(report.suggestedName) });
  }

  /** Each part of what was sent keeps all of it. */
  #takeApart(key: string, sources: readonly ImportSource[]): void {
    for (const source of sources) {
      const part = crypto.randomUUID();
      if (source.from === 'upload') this.#uploads.hold(part, source.uploadId);
      this.#add(part, nameOf(source), () => Promise.resolve(source));
    }
    this.remove(key);
  }

  async #sourceOf(given: Given, signal: AbortSignal): Promise<ImportSource> {
    if (given.by === 'path') return { from: 'path', path: given.path };
    const { key } = given;
    const file = given.by === 'folder' ? await given.read(signal) : given.file;
    const uploadId = crypto.randomUUID();
    const sinceMs = performance.now();
    await sendFile(this.#client, file, {
      uploadId,
      signal,
      onProgress: (sentBytes) => {
        const takenMs = performance.now() - sinceMs;
        this.#set(key, { state: { step: 'sending', sentBytes, totalBytes: file.size, takenMs } });
      },
    });
    this.#uploads.hold(key, uploadId);
    // Taken off the list in its last moment.
    if (signal.aborted) this.#uploads.release(key);
    return { from: 'upload', uploadId };
  }

  async #checkName(key: string, name: string): Promise<void> {
    this.#set(key, { nameProblem: undefined });
    if (name === '') return;
    const problem = await this.#client.call('vms.checkName', { name }).then(
      ({ reason }) => reason,
      (error: unknown) => AppError.from(error).message,
    );
    if (this.#get(key)?.choices.name === name) this.#set(key, { nameProblem: problem });
  }

  /** The library has no machine of the suggested name, but another import may make one. */
  #freeName(suggestion: string): string {
    const taken = new Set(this.store.getState().map(({ choices }) => choices.name));
    for (let number = 1; ; number++) {
      const name = number === 1 ? suggestion : `${suggestion}-${number}`;
      if (!taken.has(name)) return name;
    }
  }

  #get(key: string): Incoming | undefined {
    return this.store.getState().find((one) => one.key === key);
  }

  #set(key: string, changes: Partial<Incoming>): void {
    this.store.setState((all) => all.map((one) => (one.key === key ? { ...one, ...changes } : one)), true);
  }
}

/** What a person would call it: the last of its path. */
function nameOf(source: ImportSource): string {
  const path = source.from === 'path' ? source.path : (source.part ?? '');
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
}

/** Why an import can't begin as it is decided now; undefined if it can. `all` holds the others of the same draft. */
export function problemOf(one: Incoming, all: readonly Incoming[]): string | undefined {
  const { state, choices, nameProblem } = one;
  if (state.step === 'sending') return 'It is still being sent.';
  if (state.step === 'looking') return 'It is still being looked at.';
  if (state.step === 'failed' || state.report.result !== 'machine') return 'It can’t be imported.';
  if (choices.how === 'copy' && state.report.neededBytes > state.report.freeBytes) return 'There is no room for it.';
  return nameProblem ?? nameClash(one, all);
}

/** What is wrong with a name beside what the library says of it. */
export function nameClash({ key, choices }: Incoming, all: readonly Incoming[]): string | undefined {
  if (choices.name === '') return 'It needs a name.';
  const isTwice = all.some((other) => other.key !== key && other.choices.name === choices.name);
  return isTwice ? 'Another import has this name.' : undefined;
}
