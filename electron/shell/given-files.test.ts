import { describe, expect, it } from 'vitest';
import { type FilesWindow, GivenFiles } from './given-files.ts';

function window(): FilesWindow & { taken: string[] } {
  const taken: string[] = [];
  return { taken, sendFiles: (paths) => taken.push(...paths) };
}

describe('GivenFiles', () => {
  it('wait until the library listens, and then come at once', () => {
    const library = window();
    const files = new GivenFiles(() => library);
    files.give(['/a.iso', '/b.qcow2']);
    expect(library.taken).toEqual([]);
    files.listen(library);
    files.give(['/c.ova']);
    expect(library.taken).toEqual(['/a.iso', '/b.qcow2', '/c.ova']);
  });

  it('wait again while the page loads again, and come once', () => {
    const library = window();
    const files = new GivenFiles(() => library);
    files.listen(library);
    files.reset(library);
    files.give(['/a.iso']);
    expect(library.taken).toEqual([]);
    files.listen(library);
    files.listen(library);
    expect(library.taken).toEqual(['/a.iso']);
  });
});
