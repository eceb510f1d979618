import fc from 'fast-check';

/**
 * One seed for all property tests, so that the gate says the same of the same commit twice. `TATIN_SEED=random` tries others
 * and prints the seed of what it finds; `TATIN_SEED=<number>` goes back to one.
 */
const chosen = process.env.TATIN_SEED ?? '2026';
if (chosen !== 'random') {
  const seed = Number(chosen);
  if (!Number.isInteger(seed)) throw new Error(`TATIN_SEED must be an integer or "random", not "${chosen}".`);
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
}
