import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultRun } from './testing/fault-run.ts';
import { registryFaults } from './testing/registry-faults.ts';

/** Those that tell most. `npm run registry-faults` plays all of them. */
const telling = [
  'manifest: a length of -1',
  'manifest: a redirect with an escape',
  'manifest: an early hint, for ever',
  'manifest: a wait of an hour',
  'where a blob is: a redirect to file:///etc/passwd',
  'blob: a wrong byte once',
  'blob: a body without an end',
  'blob: chunks without sizes',
  'image: a layer that lies about what it unpacks to',
  'image: a terabyte of zeros in a few bytes',
  'image: a config nested deep',
  'image: a layer twice',
];

describe('a registry that misbehaves', () => {
  let run: FaultRun;
  beforeAll(async () => {
    run = await FaultRun.start();
  });
  afterAll(() => run[Symbol.asyncDispose]());

  it.each(telling)('leads to the right image or to an error that a person understands: %s', async (name) => {
    const [fault] = registryFaults.filter((known) => known.name === name);
    if (fault === undefined) throw new Error(`There is no fault ${name}.`);
    expect(await run.try(fault)).not.toHaveProperty('problem', expect.any(String));
  });
});
