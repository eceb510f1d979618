import { afterEach } from 'vitest';
import { Emitter } from '../../electron/contract/emitter.ts';

/**
 * Fails a test after which several listeners that came from the same place are still with one emitter: whatever begins to
 * listen again and again must leave in between. One alone may listen as long as the emitter lives, as a page does to its
 * connection.
 */

/** Frames of a stack that tell a place from another that calls the same function. */
const toldApartBy = 4;

/** How many listeners from each place have not left, by emitter. @typedef {Map<Emitter<any>, Map<string, number>>} Live */

const prototype = /** @type {Emitter<any> & { live?: Live }} */ (Emitter.prototype);

// Files that share a process share the class, which is watched once.
const live = (prototype.live ??= watch());

/** @returns {Live} */
function watch() {
  /** @type {Live} */
  const found = new Map();
  const { on, [Symbol.dispose]: dispose } = prototype;

  prototype.on = function (/** @type {(event: any) => void} */ hear) {
    const leave = on.call(this, hear);
    const places = found.get(this) ?? new Map();
    found.set(this, places);
    const frames = new Error().stack?.split('\n') ?? [];
    const place = frames.slice(2, 2 + toldApartBy).join('\n');
    places.set(place, (places.get(place) ?? 0) + 1);
    let hasLeft = false;
    return () => {
      leave();
      if (!hasLeft) places.set(place, (places.get(place) ?? 0) - 1);
      hasLeft = true;
    };
  };

  prototype[Symbol.dispose] = function () {
    found.delete(this);
    dispose.call(this);
  };
  return found;
}

/** In words, which listeners are left where there should be one at most; what is told once is not told again. */
export function leakedListeners() {
  const leaks = [...live.values()].flatMap((places) => [...places].filter(([, count]) => count > 1));
  live.clear();
  return leaks.map(([place, count]) => `${count} listeners were not taken away that came here:\n${place}`);
}

afterEach(() => {
  const leaks = leakedListeners();
  if (leaks.length > 0) throw new Error(leaks.join('\n\n'));
});
