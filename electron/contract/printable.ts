/**
 * What others say (guests, registries, files, names on a disk) as it may stand in a terminal, a table, a menu or a page:
 * whatever would steer the display, turn or hide text shows as its escape, `\u001b`. These escapes are JSON's, so a JSON
 * document says the same afterwards.
 */

/**
 * Control characters (C0, DEL, C1), line and paragraph separators, halves of surrogate pairs, and what takes no room:
 * marks, overrides and isolates of writing direction, zero-width blanks, soft hyphens, fillers, annotations, tags
 * (Unicode 16, chapter 23; Default_Ignorable_Code_Point). Joiners and variation selectors are looked at by themselves.
 */
const unsafe =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\uFFF9-\uFFFB]|(?![\u200C\u200D]|[\uFE00-\uFE0F]|[\u{E0100}-\u{E01EF}])\p{DI}/gu;

/**
 * Joiners belong to Persian, to the scripts of India and to emoji of several parts, variation selectors to emoji and
 * Chinese characters; anywhere else they only hide.
 */
const stray =
  /(?<![\p{M}\p{Script=Arabic}\p{Extended_Pictographic}\p{Emoji_Modifier}])[\u200C\u200D]|[\u200C\u200D](?![\p{L}\p{Extended_Pictographic}])|(?<![\p{Emoji}\p{Script=Han}\p{Lo}])(?:[\uFE00-\uFE0F]|[\u{E0100}-\u{E01EF}])/gu;

/** What almost every text is made of, which needs no second look. */
const plain = /^[\x20-\x7e]*$/;

/** For one line: line breaks and tabs show as `\n` and `\t`. Cleaning twice is as good as once. */
export function printableLine(text: string): string {
  return plain.test(text) ? text : escaped(text, '');
}

/** For text of several lines: line breaks and tabs stay, and a line break of two characters becomes one. */
export function printableText(text: string): string {
  return plain.test(text) ? text : escaped(text.replaceAll('\r\n', '\n'), '\n\t');
}

function escaped(text: string, kept: string): string {
  const show = (character: string): string => (kept.includes(character) ? character : escapeOf(character));
  return text.replace(unsafe, show).replace(stray, show);
}

const short: Readonly<Record<string, string>> = { '\n': String.raw`\n`, '\t': String.raw`\t`, '\r': String.raw`\r` };

/** JSON's escape; two for a character outside of the first plane. */
function escapeOf(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return short[character] ?? units.map((unit) => String.raw`\u${unit.toString(16).padStart(4, '0')}`).join('');
}
