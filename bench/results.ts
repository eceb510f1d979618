import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Measurement, shown } from './measure.ts';

/** A measurement and where and when it was taken. */
export interface Result extends Measurement {
  readonly machine: string;
  /** ISO 8601. */
  readonly at: string;
}

const jsonFile = path.join(import.meta.dirname, 'results.json');
const tableFile = path.join(import.meta.dirname, 'results.md');

/** Puts new results in place of older ones of the same questions, in both files. */
export function keepResults(results: readonly Result[]): void {
  const fresh = new Map(results.map((result) => [result.key, result]));
  const old = readResults();
  const kept = old.map((result) => fresh.get(result.key) ?? result);
  const all = [...kept, ...results.filter(({ key }) => !old.some((result) => result.key === key))];
  writeFileSync(jsonFile, `${JSON.stringify(all, undefined, 2)}\n`);
  writeFileSync(tableFile, table(all));
}

function readResults(): Result[] {
  try {
    // This program is the only one that writes it.
    return JSON.parse(readFileSync(jsonFile, 'utf8')) as Result[];
  } catch (error) {
    return [];
  }
}

/** The results as Markdown, for the README to quote. */
export function table(results: readonly Result[]): string {
  const machines = [...new Set(results.map(({ machine, at }) => `${machine}, ${at.slice(0, 10)}`))];
  const rows = results.map((result) =>
    [
      result.question,
      `${result.ours.name}: ${shown(result.ours.median, result.unit)}`,
      `${result.peer.name}: ${shown(result.peer.median, result.unit)}`,
      ratioText(result),
    ].join(' | '),
  );
  return [
    '| what | Tatin | against | ratio |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
    '',
    'Medians of pairs that were run in turn, so only the ratio says something about another machine. Measured on',
    ...machines.map((machine) => `${machine}.`),
    'Repeat with `npm run bench`.',
    '',
  ].join('\n');
}

/** "1.04 (goal: 1.1)" */
export function ratioText({ ratio, target }: Measurement): string {
  const goal = target === undefined ? '' : ` (goal: ${target}${ratio <= target ? '' : ', missed'})`;
  return `${ratio.toFixed(2)}${goal}`;
}
