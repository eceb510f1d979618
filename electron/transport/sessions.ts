import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { BrowserSession, LogOut, SessionEnd } from '../contract/browser-sessions.ts';
import { Emitter } from '../contract/emitter.ts';

/** A session that nobody used for so long is over, in milliseconds. */
export const sessionIdleMs = 12 * 60 * 60 * 1000;
/** However much it is used, a browser logs in anew after so long, in milliseconds. */
export const sessionMaxMs = 30 * 24 * 60 * 60 * 1000;
/** Sessions at once; one more ends the one that was unused for longest. */
export const maxSessions = 100;

export const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest();
export const newSecret = (): string => randomBytes(32).toString('base64url');

/** Who logs in: as much as is worth telling the owner. */
export interface Visitor {
  readonly address: string;
  readonly browser: string;
}

/**
 * One browser's session. It counts as used by what people do: pages that are fetched, calls, keys and bytes that are
 * sent. That a connection is merely open is no use.
 */
export class OpenSession {
  readonly id: string = crypto.randomUUID();
  readonly visitor: Visitor;
  readonly digest: Buffer;
  readonly madeMs: number;
  readonly #nowMs: () => number;
  readonly #ended = new Emitter<SessionEnd>();
  #usedMs: number;
  /** What is being sent to it and takes its time. */
  #holders = 0;
  #end: SessionEnd | undefined;

  constructor({ secret, visitor, nowMs }: { secret: string; visitor: Visitor; nowMs: () => number }) {
    this.digest = digest(secret);
    this.visitor = visitor;
    this.#nowMs = nowMs;
    this.madeMs = this.#usedMs = nowMs();
  }

  get usedMs(): number {
    return this.#usedMs;
  }

  /** What hangs on it: open connections and downloads. */
  get listenerCount(): number {
    return this.#ended.listenerCount;
  }

  use(): void {
    this.#usedMs = this.#nowMs();
  }

  /** Counts as used until the returned function is called, e.g. while a long file is sent. */
  hold(): () => void {
    this.#holders++;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holders--;
      this.use();
    };
  }

  /** How long it lasts if nobody uses it from now on, in milliseconds. */
  remainingMs(): number {
    const idleLeft = this.#holders > 0 ? sessionIdleMs : this.#usedMs + sessionIdleMs - this.#nowMs();
    return Math.max(0, Math.min(idleLeft, this.madeMs + sessionMaxMs - this.#nowMs()));
  }

  /** Why it is over by now, if it is. */
  overBy(): SessionEnd | undefined {
    if (this.#end !== undefined) return this.#end;
    if (this.#nowMs() >= this.madeMs + sessionMaxMs) return 'too-old';
    return this.remainingMs() === 0 ? 'unused' : undefined;
  }

  /** Calls `listener` when it ends, until the returned function is called. At once if it is over. */
  onEnd(listener: (why: SessionEnd) => void): () => void {
    if (this.#end !== undefined) listener(this.#end);
    return this.#ended.on(listener);
  }

  end(why: SessionEnd): void {
    if (this.#end !== undefined) return;
    this.#end = why;
    this.#ended.emit(why);
    this.#ended[Symbol.dispose]();
  }
}

/** Every browser that is logged in. Only digests of their secrets are kept, and they are compared in constant time. */
export class Sessions {
  readonly #nowMs: () => number;
  /** In the order in which they were made. */
  #open: OpenSession[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The secret of a new session. */
  make(visitor: Visitor): string {
    this.sweep();
    while (this.#open.length >= maxSessions) {
      const [first] = this.#open.toSorted((one, other) => one.usedMs - other.usedMs);
      first?.end('too-many');
      this.#open = this.#open.filter((session) => session !== first);
    }
    const secret = newSecret();
    this.#open.push(new OpenSession({ secret, visitor, nowMs: this.#nowMs }));
    return secret;
  }

  /** The session with that secret, unless it is over. */
  find(secret: string): OpenSession | undefined {
    const given = digest(secret);
    let found: OpenSession | undefined;
    for (const session of this.#open) if (timingSafeEqual(session.digest, given)) found = session;
    return found === undefined || this.#isOver(found) ? undefined : found;
  }

  /** Ends what is over, so that nothing hangs on it any longer. */
  sweep(): void {
    this.#open = this.#open.filter((session) => !this.#isOver(session));
  }

  /** Logs out. False if there is no such session. */
  end(which: LogOut, own?: OpenSession): boolean {
    const chosen =
      which === 'all' ? this.#open : this.#open.filter(({ id }) => id === (which === 'this' ? own?.id : which));
    for (const session of chosen) session.end('logged-out');
    this.#open = this.#open.filter((session) => !chosen.includes(session));
    return chosen.length > 0;
  }

  /** The list for the owner, the latest used first. */
  list(own: OpenSession): BrowserSession[] {
    this.sweep();
    const sorted = this.#open.toSorted((one, other) => other.usedMs - one.usedMs);
    return sorted.map((session) => ({
      id: session.id,
      madeAt: new Date(session.madeMs).toISOString(),
      usedAt: new Date(session.usedMs).toISOString(),
      ...session.visitor,
      isThis: session === own,
    }));
  }

  #isOver(session: OpenSession): boolean {
    const why = session.overBy();
    if (why !== undefined) session.end(why);
    return why !== undefined;
  }
}
