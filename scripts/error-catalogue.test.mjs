import { readFileSync } from 'node:fs';
import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../electron/contract/errors.ts';
import { catalogueFile, errorCatalogue } from './error-catalogue.mjs';

describe('docs/errors.md', () => {
  it('is what the contract says now; npm run docs makes it anew', async () => {
    const expected = await format(errorCatalogue(), { parser: 'markdown', printWidth: 120 });
    expect(readFileSync(catalogueFile, 'utf8')).toBe(expected);
  });

  it('explains every code', () => {
    const text = readFileSync(catalogueFile, 'utf8');
    expect(errorCodes.filter((code) => !text.includes(`| \`${code}\``))).toEqual([]);
  });
});
