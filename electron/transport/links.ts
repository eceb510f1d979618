import { timingSafeEqual } from 'node:crypto';
import { digest, newSecret } from './sessions.ts';

/** How long a link that was printed may wait to be opened, in milliseconds. */
const linkLifeMs = 12 * 60 * 60 * 1000;
/** Links that may wait to be opened; one more is one too many for the oldest. */
const maxOpen = 100;
/** Links that can't be opened any more and whose fate is still told. */
const maxSpent = 200;

/** Why a link opens nothing. */
export type LinkRefusal = 'used' | 'too-old' | 'unknown';

/**
 * The links that were printed, by the digests of their tokens. Each opens once. A token has 256 bits, so wrong ones are
 * neither counted nor slowed down: someone who could guess one would need no door.
 */
export class Links {
  readonly #nowMs: () => number;
  /** In the order in which they were made. */
  #open: { digest: Buffer; untilMs: number }[] = [];
  #spent: { digest: Buffer; why: LinkRefusal }[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  issue(): string {
    this.#sweep();
    const token = newSecret();
    this.#open.push({ digest: digest(token), untilMs: this.#nowMs() + linkLifeMs });
    while (this.#open.length > maxOpen) this.#spend(this.#open[0], 'too-old');
    return token;
  }

  /** Uses a link up; or why it opens nothing. */
  redeem(token: string): 'opened' | LinkRefusal {
    this.#sweep();
    const given = digest(token);
    const matches = ({ digest: kept }: { digest: Buffer }): boolean => timingSafeEqual(kept, given);
    const found = this.#open.find(matches);
    if (found === undefined) return this.#spent.find(matches)?.why ?? 'unknown';
    this.#spend(found, 'used');
    return 'opened';
  }

  /** Every link that was not opened yet opens nothing from now on. */
  revoke(): void {
    for (const link of [...this.#open]) this.#spend(link, 'too-old');
  }

  #sweep(): void {
    for (const link of [...this.#open]) if (link.untilMs <= this.#nowMs()) this.#spend(link, 'too-old');
  }

  #spend(link: { digest: Buffer } | undefined, why: LinkRefusal): void {
    if (link === undefined) return;
    this.#open = this.#open.filter((other) => other !== link);
    this.#spent = [...this.#spent, { digest: link.digest, why }].slice(-maxSpent);
  }
}
