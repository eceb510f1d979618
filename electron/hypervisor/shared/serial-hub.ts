import { closeSync, ftruncateSync, writeSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { openToWriteSync, readBoundedSync } from '../../files/bounded-file.ts';

/** What somebody who opens the serial port is first shown. */
const keptBytes = 1024 ** 2;
/** The log is cut back to what is kept when it has grown to this. */
const maxLogBytes = 2 * keptBytes;
/** A reader that lets this much pile up is let go, so that it costs no more memory. */
const maxBehindBytes = 4 * keptBytes;

/** The last bytes of a stream. */
export class ScrollBack {
  #pieces: Buffer[] = [];
  #length = 0;
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  add(bytes: Buffer): void {
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    // Cutting off whole pieces first and joining rarely keeps many small pieces cheap.
    while (this.#length - (this.#pieces[0]?.length ?? 0) >= this.#max)
      this.#length -= this.#pieces.shift()?.length ?? 0;
    if (this.#pieces.length > 4096) this.#pieces = [Buffer.concat(this.#pieces)];
  }

  bytes(): Buffer {
    const all = Buffer.concat(this.#pieces);
    return all.subarray(Math.max(0, all.length - this.#max));
  }
}

/**
 * The guest's serial port, shared by any number of clients: each gets what was said before and all that comes, and what
 * each says goes in. Also written to a log whose length is bounded.
 */
export class SerialHub implements Disposable {
  readonly #scrollBack = new ScrollBack(keptBytes);
  readonly #clients = new Set<Duplex>();
  #guest: Duplex | undefined;
  #log: { fd: number; length: number } | undefined;

  /** `goOn`: the guest was suspended, and what it said before still belongs to the same run. */
  constructor(logPath: string, goOn: boolean) {
    const before = goOn ? readLog(logPath) : Buffer.alloc(0);
    if (before.length > 0) this.#scrollBack.add(before);
    try {
      const fd = openToWriteSync(logPath, 0o600);
      this.#log = { fd, length: before.length };
      if (!goOn) ftruncateSync(fd, 0);
    } catch (error) {
      // A full disk or a folder that can't be written to takes the log, not the guest.
      this.#log = undefined;
    }
  }

  /** Takes over the other end of the guest's port. */
  connectGuest(socket: Duplex): void {
    this.#guest = socket;
    socket.on('data', (bytes: Buffer) => this.#fromGuest(bytes));
    socket.on('error', () => socket.destroy());
    socket.on('drain', () => {
      for (const client of this.#clients) client.resume();
    });
    socket.resume();
  }

  addClient(client: Duplex): void {
    client.on('error', () => client.destroy());
    client.on('close', () => this.#clients.delete(client));
    client.on('data', (bytes: Buffer) => {
      if (this.#guest?.write(bytes) === false) client.pause();
    });
    client.write(this.#scrollBack.bytes());
    this.#clients.add(client);
    client.resume();
  }

  [Symbol.dispose](): void {
    this.#guest?.destroy();
    for (const client of this.#clients) client.end();
    if (this.#log !== undefined) closeSync(this.#log.fd);
    this.#log = undefined;
  }

  #fromGuest(bytes: Buffer): void {
    this.#scrollBack.add(bytes);
    this.#writeLog(bytes);
    for (const client of this.#clients) {
      client.write(bytes);
      if (client.writableLength > maxBehindBytes) client.destroy();
    }
  }

  /** Synchronous, as the next run's first byte must come after this one's last; a write is some microseconds. */
  #writeLog(bytes: Buffer): void {
    if (this.#log === undefined) return;
    try {
      if (this.#log.length + bytes.length > maxLogBytes) {
        ftruncateSync(this.#log.fd, 0);
        this.#log.length = writeSync(this.#log.fd, this.#scrollBack.bytes());
        return;
      }
      this.#log.length += writeSync(this.#log.fd, bytes);
    } catch (error) {
      closeSync(this.#log.fd);
      this.#log = undefined;
    }
  }
}

function readLog(logPath: string): Buffer {
  try {
    return readBoundedSync(logPath, 2 * maxLogBytes);
  } catch (error) {
    return Buffer.alloc(0);
  }
}
