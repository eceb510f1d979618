import { maxDepth } from './bounded-file.ts';

/**
 * `JSON.parse` for a document of others: one that is nested so deep that walking through it would run out of stack
 * is no document.
 * @throws SyntaxError
 */
export function parseBoundedJson(text: string, deepest = maxDepth, maxValues = Infinity): unknown {
  requireShallow(text, deepest, maxValues);
  return JSON.parse(text);
}

/**
 * @param maxValues how many values the document may have: three bytes of text can be an object of sixty in memory
 * @throws SyntaxError if brackets outside of strings are nested deeper than `deepest`, or there are more values
 */
export function requireShallow(text: string, deepest = maxDepth, maxValues = Infinity): void {
  let depth = 0;
  let values = 1;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === backslash) at++;
      else if (code === quote) inString = false;
    } else if (code === quote) inString = true;
    else if (code === openBrace || code === openBracket) {
      depth++;
      if (depth > deepest) throw new SyntaxError(`is nested deeper than ${deepest} levels`);
      values++;
    } else if (code === closeBrace || code === closeBracket) depth--;
    else if (code === comma) values++;
    if (values > maxValues) throw new SyntaxError(`has more than ${maxValues} values`);
  }
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];
