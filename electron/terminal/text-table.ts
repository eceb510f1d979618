import { printableLine } from '../contract/printable.ts';

/** One column: its heading, and what stands in it for a row. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
}

/**
 * A plain table: headings, then a line a row, columns padded to their widest cell and one blank apart. No rows: no text
 * at all. No line ends in blanks. Cells show as {@link printableLine} has them.
 */
export function textTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ value }) => value(row)))].map(
    (cells) => cells.map(printableLine).map((text) => ({ text, width: widthOf(text) })),
  );
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.width ?? 0)));
  return lines
    .map((line) =>
      line
        .map(({ text, width }, index) => text + ' '.repeat((widths[index] ?? 0) - width))
        .join(' ')
        .trimEnd(),
    )
    .join('\n');
}

/** Cells that a text takes in a terminal, nearly: East Asian wide ones and emoji take two, combining marks none. */
function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) {
    if (/\p{M}|\p{Cf}/u.test(character)) continue;
    width +=
      /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}

/** The beginning of a text that takes at most so many cells in a terminal. */
export function cutToCells(text: string, cells: number): string {
  let width = 0;
  let cut = '';
  for (const character of text) {
    width += widthOf(character);
    if (width > cells) break;
    cut += character;
  }
  return cut;
}
