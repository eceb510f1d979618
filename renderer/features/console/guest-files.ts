import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Client } from '../../../electron/contract/contract.ts';
import { AppError, type ErrorInfo } from '../../../electron/contract/errors.ts';
import { type ImportSource, maxGuestFileBytes } from '../../../electron/contract/imports.ts';
import { isOpen, type Job } from '../../../electron/contract/job.ts';
import type { VmId } from '../../../electron/contract/machine.ts';
import type { Given } from '../../files/given.ts';
import { sendFile } from '../../files/send-file.ts';
import { diskText } from '../../../electron/contract/words/sizes.ts';

/** How far a file is on its way into the guest: to Tatin first where the page has only its bytes, then by a job. */
export type GuestFileState =
  | { readonly step: 'asking' }
  | { readonly step: 'sending'; readonly sentBytes: number; readonly totalBytes: number; readonly takenMs: number }
  | { readonly step: 'job'; readonly job: Job }
  | { readonly step: 'failed'; readonly error: ErrorInfo };

export interface GuestFile {
  readonly key: string;
  readonly name: string;
  readonly state: GuestFileState;
}

/** Files that are given to a running guest, each on its own. What the guest can't take is refused with the reason. */
export class GuestFiles {
  readonly store: StoreApi<readonly GuestFile[]> = createStore<readonly GuestFile[]>(() => []);
  readonly #client: Client;
  readonly #id: VmId;
  readonly #ends = new Map<string, AbortController>();
  /** As last heard of each; a short one may have ended before the reply says which it is. */
  readonly #jobs = new Map<string, Job>();

  constructor(client: Client, id: VmId) {
    this.#client = client;
    this.#id = id;
  }

  /** Hears how the jobs go until the returned function is called. */
  follow(): () => void {
    return this.#client.on('job.changed', ({ job }) => {
      if (job.kind !== 'send' || job.vmId !== this.#id) return;
      this.#jobs.set(job.id, job);
      const found = this.store.getState().find(({ state }) => state.step === 'job' && state.job.id === job.id);
      if (found !== undefined) this.#set(found.key, { step: 'job', job });
    });
  }

  give(given: readonly Given[]): void {
    for (const one of given) {
      const ended = new AbortController();
      this.#ends.set(one.key, ended);
      const file: GuestFile = { key: one.key, name: one.name, state: { step: 'asking' } };
      this.store.setState((all) => [...all, file], true);
      this.#send(one, ended.signal).catch((thrown: unknown) => {
        if (ended.signal.aborted) return;
        this.#set(one.key, { step: 'failed', error: AppError.from(thrown).toInfo() });
      });
    }
  }

  /** Calls off what is under way, and takes it off the list. */
  remove(key: string): void {
    const found = this.store.getState().find((one) => one.key === key);
    this.#ends.get(key)?.abort();
    this.#ends.delete(key);
    this.store.setState((all) => all.filter((one) => one.key !== key), true);
    if (found?.state.step === 'job' && isOpen(found.state.job))
      void this.#client.call('jobs.cancel', { jobId: found.state.job.id }).catch(() => undefined);
  }

  async #send(given: Given, signal: AbortSignal): Promise<void> {
    const sendable = requireSendable(given);
    const agent = await this.#client.call('machines.agent', { id: this.#id }, { signal });
    if (!agent.available)
      throw new AppError('agent-unavailable', 'No agent answers in this guest, so it can’t receive files.', {
        hint: agent.reason ?? 'Install the QEMU guest agent in it, or share a folder with it.',
      });
    const source: ImportSource =
      sendable.by === 'bytes'
        ? await this.#bring(sendable.key, sendable.file, signal)
        : { from: 'path', path: sendable.path };
    const job = await this.#client.call('guestFiles.send', { id: this.#id, source });
    this.#set(given.key, { step: 'job', job: this.#jobs.get(job.id) ?? job });
  }

  async #bring(key: string, file: File, signal: AbortSignal): Promise<ImportSource> {
    const uploadId = crypto.randomUUID();
    const sinceMs = performance.now();
    await sendFile(this.#client, file, {
      uploadId,
      signal,
      onProgress: (sentBytes) => {
        const takenMs = performance.now() - sinceMs;
        this.#set(key, { step: 'sending', sentBytes, totalBytes: file.size, takenMs });
      },
    });
    return { from: 'upload', uploadId };
  }

  #set(key: string, state: GuestFileState): void {
    this.store.setState((all) => all.map((one) => (one.key === key ? { ...one, state } : one)), true);
  }
}

/** @throws AppError for what is no single file, or too long: before any byte of it is sent */
function requireSendable(given: Given): Exclude<Given, { by: 'folder' }> {
  if (given.by === 'folder')
    throw new AppError('not-supported', 'A folder can’t be sent.', {
      hint: 'Pack it into an archive first, or share it with the machine.',
    });
  if (given.by === 'bytes' && given.file.size > maxGuestFileBytes)
    throw new AppError(
      'invalid-input',
      `It has ${diskText(given.file.size)}; at most ${diskText(maxGuestFileBytes)} are sent.`,
      { hint: 'Share its folder with the machine instead.' },
    );
  return given;
}
