import { printParseErrorCode, visit } from 'jsonc-parser';

export type JsonMistake = { kind: 'ends' } | { kind: 'mistake'; offset: number };

/** The beginnings of words and numbers that the parser names as unknown; alone, a minus is no number. */
const cutWord = /^(?:-|t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?)$/;

/**
 * Where a text stops being JSON: `ends` if it is cut off (or whole), else the offset of the first wrong token; a string
 * with a wrong character inside counts from its quote. `JSON.parse` names no place for half of its complaints, and a
 * person who repairs the file needs the line.
 */
export function findJsonMistake(text: string): JsonMistake {
  let mistake: JsonMistake | undefined;
  visit(
    text,
    {
      onError: (error, offset, length) => {
        const isAtEnd = offset + length === text.length;
        const isCut = isAtEnd && couldGoOn(printParseErrorCode(error), text.slice(offset));
        mistake ??= isCut ? { kind: 'ends' } : { kind: 'mistake', offset };
      },
    },
    { disallowComments: true },
  );
  return mistake ?? { kind: 'ends' };
}

/** @param rest the last token, from where the parser complains */
function couldGoOn(code: ReturnType<typeof printParseErrorCode>, rest: string): boolean {
  if (code === 'UnexpectedEndOfString') return !/[\r\n]/.test(rest);
  return rest === '' || code === 'UnexpectedEndOfNumber' || (code === 'InvalidSymbol' && cutWord.test(rest));
}
