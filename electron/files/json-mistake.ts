export type JsonMistake = { kind: 'ends' } | { kind: 'mistake'; offset: number };

/** The grammar between two tokens: what may come next. */
type Expecting = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma or close' | 'end';

// A line break or any other control character may not stand in a JSON string, so these must be named here.
/* eslint-disable no-control-regex */
const stringBody = /(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/.source;
/* eslint-enable no-control-regex */
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\d.eE+-])/.source;
const token = new RegExp(String.raw`[{}[\],:]|"${stringBody}"|${number}|(?:true|false|null)\b`, 'y');
/** The beginnings of tokens that only more text could complete. */
const cutNumber = /-?(?:(?:0|[1-9]\d*)(?:\.\d*)?(?:[eE][+-]?\d*)?)?/.source;
const cutWord = /t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?/.source;
const cutToken = new RegExp(String.raw`(?:"${stringBody}(?:\\(?:u[0-9a-fA-F]{0,3})?)?|${cutNumber}|${cutWord})$`, 'y');
const goodPartOfString = new RegExp(`"${stringBody}`, 'y');

/**
 * Where a text stops being JSON: `ends` if more text could have completed it, else the offset of the first wrong
 * character. `JSON.parse` names no place for half of its complaints, and a person who repairs the file needs the line.
 */
export function findJsonMistake(text: string): JsonMistake {
  const open: ('{' | '[')[] = [];
  let expecting: Expecting = 'value';
  let offset = 0;
  for (;;) {
    offset = skipBlanks(text, offset);
    if (offset === text.length) return { kind: 'ends' };
    token.lastIndex = offset;
    const found = token.exec(text)?.[0];
    if (found === undefined) return judgeRest(text, offset, expecting);
    const next = after(found, expecting, open);
    if (next === undefined) return { kind: 'mistake', offset };
    expecting = next;
    offset += found.length;
  }
}

function skipBlanks(text: string, offset: number): number {
  const blank = /[ \t\r\n]*/y;
  blank.lastIndex = offset;
  return offset + (blank.exec(text)?.[0].length ?? 0);
}

/** What no token begins with: the beginning of one that was cut, or wrong. */
function judgeRest(text: string, offset: number, expecting: Expecting): JsonMistake {
  const isString = text[offset] === '"' && /^(?:value|key)/.test(expecting);
  cutToken.lastIndex = offset;
  if ((isString || expecting.startsWith('value')) && cutToken.test(text)) return { kind: 'ends' };
  if (!isString) return { kind: 'mistake', offset };
  // Inside a string the mistake is the line break or the control character, not the quote that opened it.
  goodPartOfString.lastIndex = offset;
  return { kind: 'mistake', offset: offset + (goodPartOfString.exec(text)?.[0].length ?? 0) };
}

/** What may follow `found` where `expecting` was, or undefined if it may not stand there. Keeps `open` up to date. */
function after(found: string, expecting: Expecting, open: ('{' | '[')[]): Expecting | undefined {
  const whenValueEnds = () => (open.length === 0 ? 'end' : 'comma or close');
  if (found === '{' || found === '[') {
    if (!expecting.startsWith('value')) return undefined;
    open.push(found);
    return found === '{' ? 'key or }' : 'value or ]';
  }
  if (found === '}' || found === ']') {
    const own = found === '}' ? '{' : '[';
    if (open.at(-1) !== own || !(expecting === 'comma or close' || expecting.endsWith(found))) return undefined;
    open.pop();
    return whenValueEnds();
  }
  if (found === ',') return expecting !== 'comma or close' ? undefined : open.at(-1) === '{' ? 'key' : 'value';
  if (found === ':') return expecting === 'colon' ? 'value' : undefined;
  if (expecting.startsWith('key')) return found.startsWith('"') ? 'colon' : undefined;
  return expecting.startsWith('value') ? whenValueEnds() : undefined;
}
