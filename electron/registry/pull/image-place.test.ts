import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import { parseReference } from '../../contract/reference.ts';
import { Home } from '../../library/home.ts';
import { type ImagePlace, imagePlace } from './image-place.ts';

const home = new Home('/home');
const root = '/home/cache/OCIs';
const sha = `sha256:${'0a'.repeat(32)}`;

describe('the place of an image', () => {
  it('is where Tart has it', () => {
    expect(imagePlace(home, parseReference('h:5000/a/b:c'), sha)).toMatchObject({
      folder: `${root}/h%3A5000/a/b/${sha}`,
      link: `${root}/h%3A5000/a/b/c`,
    });
    expect(imagePlace(home, parseReference(`h/a@${sha}`), sha)).toMatchObject({
      folder: `${root}/h/a/${sha}`,
      link: undefined,
    });
  });

  it('never leads out of the cache, whatever is typed', () => {
    const nasty = fc.array(
      fc.constantFrom('.', '..', '/', ':', '@', 'a', 'B1', '-', '_', '%', '\\', '\0', ' ', sha, 'é'),
      {
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          nasty.map((parts) => parts.join('')),
          fc.string(),
        ),
        (text) => {
          let place: ImagePlace;
          try {
            place = imagePlace(home, parseReference(text), sha);
          } catch (error) {
            expect(error).toBeInstanceOf(AppError);
            return;
          }
          const { host, namespace } = parseReference(text);
          const depth = root.split('/').length + [host, ...namespace.split('/')].length + 1;
          for (const made of [place.folder, place.link ?? place.folder]) {
            expect(path.normalize(made).startsWith(`${root}/`)).toBe(true);
            expect(made.split('/')).toHaveLength(depth);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
