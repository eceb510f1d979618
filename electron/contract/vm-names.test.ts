import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allowedName, checkName, freeName } from './vm-names.ts';

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...Array.from('ab -.~\'"$`\\*?(){}[]<>|&;#!\n\t/ä😀\u202e\u200b%=^')) }),
);

describe('checkName', () => {
  it.each(['web', 'Demo Linux', 'ubuntu-24.04', 'größe', '日本語', 'a_b+c@d', 'x'.repeat(255)])('allows %j', (name) =>
    expect(checkName(name)).toBeUndefined(),
  );

  it.each([
    ['', 'A name is needed.'],
    ['.', 'folder'],
    ['..', 'folder'],
    ['../x', 'slash'],
    ['a/b', 'slash'],
    ['a\0b', 'control'],
    ['a\nb', 'control'],
    ['-rf', 'dash'],
    ['.hidden', 'dot'],
    [' a', 'space'],
    ['a ', 'space'],
    ['a\u3000', 'space'],
    ['$(reboot)', '$'],
    ['a;b', ';'],
    ['a`b', '`'],
    ['a"b', '"'],
    ["it's", "'"],
    ['a*', '*'],
    ['gnp.\u202eexe', 'invisible'],
    ['a\ud800', 'invisible'],
    ['x'.repeat(256), '256 bytes'],
    ['ä'.repeat(128), '256 bytes'],
  ])('refuses %j and says why', (name, reason) => expect(checkName(name)).toContain(reason));

  it('allows nothing that a shell would act on where it stands unquoted', () => {
    const names = fc.sample(
      anyText.filter((name) => checkName(name) === undefined),
      400,
    );
    const script = names.map((name) => `printf '%s\\n' ${name.replaceAll(/\s/gu, '_')}`).join('\n');
    const echoed = execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\n').slice(0, -1);
    expect(echoed).toEqual(names.map((name) => name.replaceAll(/\s/gu, '_')));
  });
});

describe('allowedName', () => {
  it('makes an allowed name of any suggestion, and leaves an allowed one alone', () => {
    fc.assert(
      fc.property(anyText, (suggestion) => {
        expect(checkName(allowedName(suggestion))).toBeUndefined();
        if (checkName(suggestion) === undefined) expect(allowedName(suggestion)).toBe(suggestion);
      }),
      { numRuns: 500 },
    );
  });

  it('cuts a long suggestion between characters', () => {
    const name = allowedName('😀'.repeat(100));
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
    expect(name.isWellFormed()).toBe(true);
  });
});

describe('freeName', () => {
  it('counts on from the suggestion until a name is free', () => {
    const taken = new Set(['web', 'web-2', 'Demo Linux', 'Demo Linux 2']);
    const isTaken = (name: string) => taken.has(name);
    expect(freeName('web', isTaken)).toBe('web-3');
    expect(freeName('web-2', isTaken)).toBe('web-3');
    expect(freeName('Demo Linux', isTaken)).toBe('Demo Linux 3');
    expect(freeName('new', isTaken)).toBe('new');
  });

  it('stays allowed for the longest suggestion', () => {
    const long = 'x'.repeat(255);
    expect(checkName(freeName(long, (name) => name === long))).toBeUndefined();
  });
});
