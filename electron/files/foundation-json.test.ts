import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonSyntaxError, type JsonValue, parseJson, printFoundationJson } from './foundation-json.ts';
import { findJsonMistake } from './json-mistake.ts';

/** What JSON can carry: no -0 (it reads as 0 in Foundation too), no undefined. */
const jsonValue = fc.jsonValue({ stringUnit: 'binary' }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);

function complaint(text: string): string {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.message;
    throw error;
  }
  return 'is fine';
}

describe('printFoundationJson', () => {
  it('writes what Foundation writes', () => {
    const value = { path: '/a', list: [1, 'zwei'], none: [], nothing: {}, yes: true, no: null };
    expect(printFoundationJson(value)).toBe(`{
  "path" : "\\/a",
  "list" : [
    1,
    "zwei"
  ],
  "none" : [

  ],
  "nothing" : {

  },
  "yes" : true,
  "no" : null
}`);
  });

  it('writes text that any other reader takes for the same value', () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        expect(JSON.parse(printFoundationJson(value))).toEqual(value);
      }),
    );
  });

  it('keeps the order of keys and every digit of a number', () => {
    const text = '{\n  "z" : 12345678901234567890,\n  "a" : 0.10,\n  "m" : 1e400\n}';
    expect(printFoundationJson(parseJson(text))).toBe(text);
  });

  it('keeps a key that means something to JavaScript', () => {
    const text = '{\n  "__proto__" : 1,\n  "constructor" : 2\n}';
    expect(printFoundationJson(parseJson(text))).toBe(text);
  });
});

describe('parseJson', () => {
  it('reads a file that begins with a byte order mark', () => {
    expect(parseJson('\uFEFF{"a":1}')).toEqual({ a: 1 });
  });

  it.each([
    ['', 'is empty'],
    [' \n ', 'is empty'],
    ['{\n "a": 1,\n "b', 'ends in line 3'],
    ['{\n "a": tr', 'ends in line 2'],
    ['{\n "a": -', 'ends in line 2'],
    ['{\n "a": x\n}', 'has a mistake in line 2'],
    ['{\n "a": 1\n "b": 2}', 'has a mistake in line 3'],
    ['{"a": 1,\n}', 'has a mistake in line 2'],
    ['{"a": 1}\n}', 'has a mistake in line 2'],
    ['{"a": 01}', 'has a mistake in line 1'],
    ['["a"\n, "b\nc"]', 'has a mistake in line 2'],
    ['{"a": "\\x"}', 'has a mistake in line 1'],
    ['[1}', 'has a mistake in line 1'],
    ['{"a" 1}', 'has a mistake in line 1'],
  ])('says of %j that it %s', (text, said) => expect(complaint(text)).toBe(said));
});

describe('findJsonMistake', () => {
  it('sees in every beginning of a JSON text one that more could complete', () => {
    fc.assert(
      fc.property(jsonValue, fc.nat(), (value, cut) => {
        const text = JSON.stringify(value, undefined, 1);
        expect(findJsonMistake(text.slice(0, cut % (text.length + 1)))).toEqual({ kind: 'ends' });
      }),
    );
  });

  it('finds a mistake in whatever the platform refuses, at a place before which there is none', () => {
    const noise = fc.string({ unit: fc.constantFrom(...Array.from('{}[]:,"\\ \n0129.-+eEtruefalsn/u\u0001é')) });
    fc.assert(
      fc.property(noise, (text) => {
        const found = findJsonMistake(text);
        let isJson = true;
        try {
          JSON.parse(text);
        } catch (error) {
          isJson = false;
        }
        if (found.kind === 'mistake') {
          expect(isJson).toBe(false);
          expect(findJsonMistake(text.slice(0, found.offset))).toEqual({ kind: 'ends' });
        }
      }),
      { numRuns: 2000 },
    );
  });
});
