import { describe, expect, it } from 'vitest';
import { whyNotBuildable } from './build-tools.ts';

describe('whyNotBuildable', () => {
  it('has nothing to say on a host with all the programs', async () => {
    expect(await whyNotBuildable()).toBeUndefined();
  });

  it('names missing programs and the line that installs them', async () => {
    const folders = ['/usr/bin', '/bin'];
    expect(await whyNotBuildable({ folders, isThere: (file) => Promise.resolve(!/cpio|sfdisk/.test(file)) })).toBe(
      'The demo guest is made with cpio, sfdisk, not found here. Install: sudo apt-get install cpio fdisk',
    );
  });

  it('says that it takes Debian where there is no package manager of that kind', async () => {
    expect(await whyNotBuildable({ folders: ['/nowhere'] })).toContain('no apt');
    expect(await whyNotBuildable({ platform: 'darwin' })).toContain('takes a Debian host');
  });
});
