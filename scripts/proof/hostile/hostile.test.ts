import { describe, expect, it } from 'vitest';
import { runHostile } from './hostile-run.ts';
import { hostileInputs } from './inputs.ts';

/** `npm run proof:hostile` does all of them. One of each kind. */
const some = [
  'VMDK: a parent on a server',
  'nice.utm: Data/efi_vars.fd is an absolute link',
  'tart: picture.png is a FIFO',
  'UTM: its settings are forty doubling lists',
  'home: config.json is a hundred thousand brackets',
];

describe.runIf(process.platform === 'linux')('what somebody else gives', () => {
  it('takes neither long nor much, and gives no secret, trace or connection away', async () => {
    const inputs = hostileInputs().filter(({ name }) => some.includes(name));
    expect(inputs).toHaveLength(some.length);
    expect((await runHostile(inputs)).findings).toEqual([]);
  });
});
