import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vmIdSchema } from '../contract/machine.ts';
import { nameOf, vmIdOf } from './vm-id.ts';

describe('vmIdOf', () => {
  it('makes an id of every name that leads back to it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
        const id = vmIdSchema.parse(vmIdOf(name));
        expect(nameOf(id)).toBe(name);
        expect(id).toMatch(/^local:[\w.!~*'()%-]+$/);
      }),
    );
  });

  it('has room for the longest name', () => {
    expect(vmIdSchema.safeParse(vmIdOf('ä'.repeat(127))).success).toBe(true);
  });
});

describe('nameOf', () => {
  it.each(['', 'a', 'remote:a', 'local:%', 'local:%ff'])('knows no name in %j', (id) =>
    expect(nameOf(id)).toBeUndefined(),
  );
});
