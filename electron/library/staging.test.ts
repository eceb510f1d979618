import { existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Home } from './home.ts';
import { Staging, renameOrRefuse, sweepTemporary } from './staging.ts';
import { OtherProgram, holdFlock } from './testing/other-program.ts';
import { temporaryFolder } from './testing/temporary-home.ts';

async function temporaryHome(): Promise<Disposable & { home: Home }> {
  const folder = temporaryFolder();
  const home = new Home(folder.path);
  await home.prepare();
  return { home, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

/** What each Tart command does first: deletes the entries that it can lock. */
const tartSweep = `
import fcntl, os, shutil, sys
for name in sorted(os.listdir(sys.argv[1])):
    entry = os.path.join(sys.argv[1], name)
    fd = os.open(entry, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        continue
    shutil.rmtree(entry) if os.path.isdir(entry) else os.unlink(entry)
print('swept')
`;

describe('sweepTemporary', () => {
  it('deletes what nobody holds: folders, files and links, but not what a link leads to', async () => {
    using here = await temporaryHome();
    const { home } = here;
    const outside = path.join(home.path, 'outside');
    mkdirSync(outside);
    writeFileSync(path.join(outside, 'precious'), '');
    mkdirSync(path.join(home.tmp, 'half', 'deep'), { recursive: true });
    writeFileSync(path.join(home.tmp, 'half', 'disk.img'), 'x');
    writeFileSync(path.join(home.tmp, 'file'), '');
    symlinkSync(outside, path.join(home.tmp, 'half', 'link'));
    await sweepTemporary(home);
    expect(readdirSync(home.tmp)).toEqual([]);
    expect(readdirSync(outside)).toEqual(['precious']);
  });

  it('leaves what another program holds', async () => {
    using here = await temporaryHome();
    const { home } = here;
    for (const name of ['theirs', 'leftover']) mkdirSync(path.join(home.tmp, name));
    await using other = OtherProgram.python(holdFlock, path.join(home.tmp, 'theirs'));
    expect(await other.line()).toBe('locked');
    await sweepTemporary(home);
    expect(readdirSync(home.tmp)).toEqual(['theirs']);
    other.kill();
    await other.ended();
    await sweepTemporary(home);
    expect(readdirSync(home.tmp)).toEqual([]);
  });

  it('keeps half a pull that can go on, for a week', async () => {
    using here = await temporaryHome();
    const { home } = here;
    const [fresh, old] = ['0123456789abcdef0123456789abcdef', 'fedcba9876543210fedcba9876543210'];
    for (const name of [fresh, old]) mkdirSync(path.join(home.tmp, name));
    const longAgo = Date.now() / 1000 - 8 * 24 * 3600;
    utimesSync(path.join(home.tmp, old), longAgo, longAgo);
    await sweepTemporary(home);
    expect(readdirSync(home.tmp)).toEqual([fresh]);
  });

  it('has nothing to do where there is no such folder', async () => {
    await expect(sweepTemporary(new Home('/nonexistent'))).resolves.toBeUndefined();
  });
});

describe('Staging', () => {
  it('is left alone by the sweep of another program, and deleted when it was not used', async () => {
    using here = await temporaryHome();
    const { home } = here;
    let folder: string;
    {
      await using staging = await Staging.make(home);
      folder = staging.folder;
      await using other = OtherProgram.python(tartSweep, home.tmp);
      expect(await other.line()).toBe('swept');
      await sweepTemporary(home);
      expect(existsSync(folder)).toBe(true);
    }
    expect(existsSync(folder)).toBe(false);
  });

  it('stays where it was moved to', async () => {
    using here = await temporaryHome();
    const { home } = here;
    {
      await using staging = await Staging.make(home);
      mkdirSync(home.vms);
      await staging.moveTo(home.vmFolder('a'));
    }
    expect(readdirSync(home.vms)).toEqual(['a']);
    expect(readdirSync(home.tmp)).toEqual([]);
  });
});

describe('renameOrRefuse', () => {
  it.each(['file', 'empty folder', 'full folder', 'dangling link'])('never replaces a %s', async (kind) => {
    using folder = temporaryFolder();
    const [from, to] = [path.join(folder.path, 'from'), path.join(folder.path, 'to')];
    mkdirSync(from);
    if (kind === 'file') writeFileSync(to, 'keep');
    else if (kind === 'dangling link') symlinkSync('/nonexistent', to);
    else mkdirSync(to);
    if (kind === 'full folder') mkdtempSync(path.join(to, 'x'));
    await expect(renameOrRefuse(from, to)).rejects.toMatchObject({ code: 'vm-exists' });
    expect(existsSync(from)).toBe(true);
  });
});
