import { existsSync, readdirSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { deleteAtomically } from './delete-atomically.ts';
import { layDownVm, temporaryLibrary } from './testing/temporary-home.ts';

describe('deleteAside', () => {
  it('leaves nothing, also where somebody has removed the folder for work in progress', async () => {
    using here = await temporaryLibrary();
    const { library } = here;
    for (const name of ['first', 'second']) {
      const folder = layDownVm(library, name);
      rmSync(library.home.tmp, { recursive: true, force: true });
      await deleteAtomically(library.home, folder);
      expect(existsSync(folder)).toBe(false);
      expect(readdirSync(library.home.tmp)).toEqual([]);
    }
  });

  it('says that there is nothing to delete', async () => {
    using here = await temporaryLibrary();
    const { home } = here.library;
    await expect(deleteAtomically(home, home.vmFolder('none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
