import { join } from 'node:path';
import { buildAll } from '../build.mjs';

/** Builds what is out of date before tests that start built programs; takes a moment if nothing is. */
export default async function build() {
  await buildAll(join(import.meta.dirname, '../..'), { say: () => undefined });
}
