/** Writes docs/errors.md from the error codes of the contract and their comments. Run it by `npm run docs`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, errorCodeSchema } from '../electron/contract/errors.ts';
import { outcomeOf } from '../electron/terminal/failure.ts';

const root = join(import.meta.dirname, '..');
export const catalogueFile = join(root, 'docs/errors.md');

const introduction = `# Errors

Made from \`electron/contract/errors.ts\` by \`npm run docs\`; a test compares them. Every error that Tatin reports has one of
these codes, a message in the user's words, and often a hint. Programs should look at the code: messages change. The last
column is the exit code of \`tatin\`; a command line that is not understood ends with 64.
`;

/** The text of docs/errors.md. @returns {string} */
export function errorCatalogue() {
  const source = readFileSync(join(root, 'electron/contract/errors.ts'), 'utf8');
  const list = source.slice(source.indexOf('errorCodes = ['), source.indexOf('] as const'));
  const lines = list.split('\n').flatMap((line) => {
    const heading = /^ {2}\/\/ (?<title>.+)$/.exec(line)?.groups?.title;
    if (heading !== undefined) return [`\n## ${heading}\n`, '| code | meaning | exit code |', '| --- | --- | --- |'];
    const entry = /^ {2}'(?<code>[a-z-]+)', \/\/ (?<meaning>.+)$/.exec(line)?.groups;
    return entry === undefined ? [] : [`| \`${entry.code}\` | ${entry.meaning} | ${exitCodeOf(entry.code)} |`];
  });
  return `${[introduction.trimEnd(), ...lines].join('\n')}\n`;
}

/** @param {string | undefined} code */
function exitCodeOf(code) {
  return outcomeOf(new AppError(errorCodeSchema.parse(code), '')).exitCode;
}

if (process.argv[1] === import.meta.filename) {
  const { format } = await import('prettier');
  writeFileSync(catalogueFile, await format(errorCatalogue(), { parser: 'markdown', printWidth: 120 }));
}
