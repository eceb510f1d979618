import type { Client } from '../../../electron/contract/contract.ts';

/** What this page sent and still wants, by who of it wants it: of a folder, several may want parts. */
export class PageUploads {
  readonly #client: Client;
  readonly #uploads = new Map<string, string>();

  constructor(client: Client) {
    this.#client = client;
  }

  hold(key: string, uploadId: string): void {
    this.#uploads.set(key, uploadId);
  }

  /** Lets go; when nobody here wants it any more, the other side is told, which keeps it as long as a job needs it. */
  release(key: string): void {
    const uploadId = this.#uploads.get(key);
    this.#uploads.delete(key);
    if (uploadId === undefined || [...this.#uploads.values()].includes(uploadId)) return;
    void this.#client.call('uploads.discard', { uploadId }).catch(() => undefined);
  }
}
