import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

/** @param {string} folder @param {RegExp} names @returns {string[]} paths of files */
const filesIn = (folder, names) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && names.test(entry.name) && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name));

describe('docs/debugging.md', () => {
  it('names every environment variable that the sources read', () => {
    const sources = ['electron', 'scripts', 'e2e'].flatMap((folder) => filesIn(folder, /\.(ts|mjs)$/));
    const read = /(?:process\.env(?:\.|\[')|environment\.|fromEnvironment\(')(?<name>(?:TATIN|TART)_[A-Z_]+)/g;
    const names = sources.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(read)].flatMap(({ groups }) => groups?.name ?? []),
    );
    const text = readFileSync(join(root, 'docs/debugging.md'), 'utf8');
    const missing = [...new Set(names)].filter(
      (name) => !name.startsWith('TATIN_TEST_') && !text.includes(`\`${name}\``),
    );
    expect(names.length).toBeGreaterThan(10);
    expect(missing).toEqual([]);
  });
});

describe('The documents', () => {
  const documents = [
    ...readdirSync(root)
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(root, name)),
    ...filesIn('docs', /\.md$/),
  ].map((file) => relative(root, file));

  it.each(documents)('%s links to files that are there', (document) => {
    const links = [...readFileSync(join(root, document), 'utf8').matchAll(/\]\((?<to>[^)#:\s]+)(?:#[^)]*)?\)/g)];
    const dead = links
      .map(({ groups }) => groups?.to ?? '')
      .filter((to) => !existsSync(join(root, dirname(document), to)));
    expect(dead).toEqual([]);
  });
});
