import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Library, LibraryChange, LibraryEntry } from './library.ts';
import { parseLocks } from '../files/record-locks.ts';
import { OtherProgram, holdFcntl } from './testing/other-program.ts';
import { layDownVm, makeVm, quietWork, tartConfig, temporaryLibrary } from './testing/temporary-home.ts';

/** A list kept up to date by nothing but what a watch tells. */
class Follower implements Disposable {
  readonly entries = new Map<string, LibraryEntry>();
  readonly changes: LibraryChange[] = [];
  error: LibraryChange | undefined;
  readonly #watch: Disposable;
  #wake: () => void = () => undefined;

  constructor(library: Library) {
    this.#watch = library.watch((change) => {
      this.#follow(change);
      this.#wake();
    });
  }

  #follow(change: LibraryChange): void {
    this.changes.push(change);
    if (change.kind === 'removed') this.entries.delete(change.name);
    else if (change.kind === 'changed') this.entries.set(change.entry.name, change.entry);
    else {
      this.entries.clear();
      for (const entry of change.entries) this.entries.set(entry.name, entry);
    }
  }

  get names(): string[] {
    return [...this.entries.keys()].sort();
  }

  /** Waits until it was told that something is so. */
  async until(fact: (follower: this) => boolean): Promise<void> {
    while (!fact(this)) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }
}

/** Follows an empty or filled library from the moment when it has told the whole list. */
async function follow(library: Library): Promise<Follower> {
  const follower = new Follower(library);
  await follower.until(({ changes }) => changes.length > 0);
  return follower;
}

function cpusOf(entry: LibraryEntry | undefined): number | undefined {
  return entry?.kind === 'machine' ? entry.config.cpuCount : undefined;
}

function pidOf(entry: LibraryEntry | undefined): number | undefined {
  return entry?.kind === 'machine' ? entry.lockPid : undefined;
}

describe('Library.watch', () => {
  it('begins with the whole list', async () => {
    using here = await temporaryLibrary();
    layDownVm(here.library, 'a');
    layDownVm(here.library, 'b', '{');
    using follower = await follow(here.library);
    expect(follower.changes[0]).toMatchObject({
      kind: 'replaced',
      entries: [{ name: 'a' }, { name: 'b', kind: 'unreadable' }],
    });
  });

  it('tells what other programs make, rename, change and delete', async () => {
    using here = await temporaryLibrary();
    const { vms } = here.library.home;
    using follower = await follow(here.library);
    // The first VM, and with it the folder that all are in, comes while we watch.
    layDownVm(here.library, 'a');
    await follower.until(({ entries }) => entries.get('a')?.kind === 'machine');
    execFileSync('cp', ['-r', path.join(vms, 'a'), path.join(vms, 'b')]);
    await follower.until(({ entries }) => entries.get('b')?.kind === 'machine');
    execFileSync('mv', [path.join(vms, 'b'), path.join(vms, 'c')]);
    await follower.until(({ names }) => names.join() === 'a,c');
    execFileSync('sed', ['-i', 's/"cpuCount" : 4/"cpuCount" : 7/', path.join(vms, 'c', 'config.json')]);
    await follower.until(({ entries }) => cpusOf(entries.get('c')) === 7);
    execFileSync('truncate', ['-s', '3000000', path.join(vms, 'c', 'disk.img')]);
    await follower.until(({ entries }) => {
      const entry = entries.get('c');
      return entry?.kind === 'machine' && entry.diskBytes === 3_000_000;
    });
    execFileSync('touch', ['-d', '2020-06-01', path.join(vms, 'a')]);
    await follower.until(({ entries }) => entries.get('a')?.accessedAt.getUTCFullYear() === 2020);
    execFileSync('rm', ['-r', path.join(vms, 'c')]);
    await follower.until(({ names }) => names.join() === 'a');
  });

  it('tells what this library does', async () => {
    using here = await temporaryLibrary();
    using follower = await follow(here.library);
    await makeVm(here.library, 'a');
    await follower.until(({ names }) => names.join() === 'a');
    await here.library.clone('a', 'b', quietWork());
    await here.library.rename('a', 'c');
    await follower.until(({ names }) => names.join() === 'b,c');
    await here.library.annotate('b', { notes: 'new' });
    await follower.until(({ entries }) => {
      const entry = entries.get('b');
      return entry?.kind === 'machine' && entry.annotations.notes === 'new';
    });
    await here.library.delete('b', 'permanent');
    await follower.until(({ names }) => names.join() === 'c');
  });

  it('tells that another program runs a VM, what changes meanwhile, and that it stops', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    layDownVm(here.library, 'b');
    using follower = await follow(here.library);
    await using other = OtherProgram.python(holdFcntl, path.join(folder, 'config.json'));
    expect(await other.line()).toBe('locked');
    await follower.until(({ entries }) => pidOf(entries.get('a')) === other.pid);
    expect(pidOf(follower.entries.get('b'))).toBeUndefined();
    writeFileSync(path.join(folder, 'config.json'), tartConfig.replace('"cpuCount" : 4', '"cpuCount" : 9'));
    await follower.until(({ entries }) => cpusOf(entries.get('a')) === 9);
    other.kill();
    await follower.until(({ entries }) => pidOf(entries.get('a')) === undefined);
    // And its folder is watched again.
    writeFileSync(path.join(folder, 'config.json'), tartConfig);
    await follower.until(({ entries }) => cpusOf(entries.get('a')) === 4);
  });

  it('tells that a VM breaks and is repaired', async () => {
    using here = await temporaryLibrary();
    const file = path.join(layDownVm(here.library, 'a'), 'config.json');
    using follower = await follow(here.library);
    writeFileSync(file, '{');
    await follower.until(({ entries }) => entries.get('a')?.kind === 'unreadable');
    writeFileSync(file, tartConfig);
    await follower.until(({ entries }) => entries.get('a')?.kind === 'machine');
  });

  it('sees through a VM that is replaced by another of its name', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    using follower = await follow(here.library);
    renameSync(folder, path.join(here.library.home.tmp, 'away'));
    layDownVm(here.library, 'a', tartConfig.replace('"cpuCount" : 4', '"cpuCount" : 5'));
    await follower.until(({ entries }) => cpusOf(entries.get('a')) === 5);
    writeFileSync(path.join(folder, 'config.json'), tartConfig.replace('"cpuCount" : 4', '"cpuCount" : 6'));
    await follower.until(({ entries }) => cpusOf(entries.get('a')) === 6);
  });

  it('tells that the home goes, with the reason, and comes back', async () => {
    using here = await temporaryLibrary();
    layDownVm(here.library, 'a');
    using follower = await follow(here.library);
    const away = `${here.library.home.path}-away`;
    renameSync(here.library.home.path, away);
    await follower.until(({ changes }) =>
      changes.some((change) => change.kind === 'replaced' && change.error?.code === 'home-unavailable'),
    );
    expect(follower.names).toEqual([]);
    renameSync(away, here.library.home.path);
    await follower.until(({ names }) => names.join() === 'a');
    rmSync(here.library.home.vms, { recursive: true });
    await follower.until(({ names }) => names.length === 0);
    layDownVm(here.library, 'b');
    await follower.until(({ entries }) => entries.get('b')?.kind === 'machine');
  });

  it('follows a thousand VMs', async () => {
    using here = await temporaryLibrary();
    for (let number = 0; number < 1000; number++) layDownVm(here.library, `vm${number}`);
    using follower = await follow(here.library);
    expect(follower.names).toHaveLength(1000);
    for (const name of ['vm0', 'vm500', 'vm999']) {
      await here.library.configure(name, { cpuCount: 11 });
      await follower.until(({ entries }) => cpusOf(entries.get(name)) === 11);
    }
    execFileSync('sh', ['-c', 'rm -r vm1*'], { cwd: here.library.home.vms });
    await follower.until(({ names }) => names.length === 889);
  });

  it('tells nothing more once it is closed', async () => {
    using here = await temporaryLibrary();
    const closed = await follow(here.library);
    using open = await follow(here.library);
    closed[Symbol.dispose]();
    const before = closed.changes.length;
    mkdirSync(path.join(here.library.home.vms, 'a'), { recursive: true });
    await open.until(({ entries }) => entries.get('a')?.kind === 'unreadable');
    expect(closed.changes).toHaveLength(before);
  });
});

describe('parseLocks', () => {
  it('finds the inodes with record locks, and those alone', () => {
    const text = `1: FLOCK  ADVISORY  WRITE 8835 fe:00:11 0 EOF
2: POSIX  ADVISORY  WRITE 8835 fe:00:22 0 EOF
2: -> POSIX  ADVISORY  WRITE 9999 fe:00:22 0 EOF
3: OFDLCK ADVISORY  READ -1 00:1f:33 100 101
4: POSIX  MANDATORY READ 1 103:02:44 0 99
5: LEASE  ACTIVE    READ 1 fe:00:55 0 EOF
`;
    expect([...parseLocks(text)].sort()).toEqual([22, 33, 44]);
  });
});
