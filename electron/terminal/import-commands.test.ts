import { cpSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { TatinHome } from './testing/tatin.ts';

function withDisk(home: TatinHome): string {
  const disk = path.join(home.folder, 'my disk.img');
  writeFileSync(disk, 'something on it');
  truncateSync(disk, 1_048_576);
  return disk;
}

describe('tatin import and tatin export', () => {
  it('take a VM out as .tvm and in again, with its settings', async () => {
    using home = new TatinHome();
    const disk = withDisk(home);
    const imported = await home.run(['import', disk, '--arch', 'arm64', '--cpu', '3', '--memory', '512']);
    expect(imported).toMatchObject({ exitCode: 0, out: 'my disk\n' });
    expect(await home.run(['export', 'my disk', home.folder])).toMatchObject({ exitCode: 0 });
    const again = await home.run(['import', path.join(home.folder, 'my disk.tvm'), 'again']);
    expect(again).toMatchObject({ exitCode: 0, out: '' });
    const configs = ['my disk', 'again'].map(
      (name) => JSON.parse(readFileSync(path.join(home.vms, name, 'config.json'), 'utf8')) as Record<string, unknown>,
    );
    expect(configs[1]).toMatchObject({ arch: 'arm64', cpuCount: 3, memorySize: 512 * 1024 ** 2 });
    expect(configs[1]?.macAddress).not.toBe(configs[0]?.macAddress);
    expect(readFileSync(path.join(home.vms, 'again', 'disk.img')).equals(readFileSync(disk))).toBe(true);
  });

  it('ask before they replace a file that nobody named, and only then', async () => {
    using home = new TatinHome();
    await home.run(['import', withDisk(home), 'a']);
    const file = path.join(home.folder, 'a.img');
    writeFileSync(file, 'mine');
    const refused = await home.run(['export', 'a', home.folder, '--format', 'raw'], 'no\n');
    expect(refused).toMatchObject({ exitCode: 1 });
    expect(refused.err).toContain('(yes/[no])');
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(await home.run(['export', 'a', home.folder, '--format', 'raw'], 'yes\n')).toMatchObject({ exitCode: 0 });
    expect(readFileSync(file, 'utf8')).toContain('something on it');
    writeFileSync(file, 'mine');
    expect(await home.run(['export', 'a', file, '--format', 'raw'])).toMatchObject({ exitCode: 0 });
    expect(readFileSync(file, 'utf8')).toContain('something on it');
  });

  it('say which settings do not carry over, and why', async () => {
    using home = new TatinHome();
    const folder = path.join(home.folder, 'shared');
    await home.run(['import', withDisk(home), 'a', '--arch', 'arm64']);
    cpSync(path.join(home.vms, 'a'), folder, { recursive: true });
    writeFileSync(path.join(folder, 'tatin.json'), JSON.stringify({ autostart: true, notes: 'mine' }));
    const outcome = await home.run(['import', folder, 'b']);
    expect(outcome).toMatchObject({ exitCode: 0 });
    expect(outcome.err).toContain('Does not carry over: Start with Tatin. No machine from elsewhere starts');
  });

  it('say when they fail what is kept of a long disk', async () => {
    using home = new TatinHome();
    const disk = withDisk(home);
    await home.run(['import', disk, 'a', '--arch', 'arm64']);
    const kept = path.join(home.path, 'cache/Tatin/imports/key');
    mkdirSync(kept, { recursive: true });
    const note = { version: 1, doneBytes: 12_000_000_000, lengthBytes: 60_000_000_000, owner: disk };
    writeFileSync(path.join(kept, 'kept.json'), JSON.stringify(note));
    const outcome = await home.run(['import', disk, 'a', '--arch', 'arm64']);
    expect(outcome.exitCode).toBe(1);
    expect(outcome.err).toContain('12 GB of the disk are kept for a week: the same command continues from there.');
  });

  it('say what a file is that is no VM, and make nothing', async () => {
    using home = new TatinHome();
    const file = path.join(home.folder, 'disk.qcow2');
    writeFileSync(file, '%PDF-1.7 and so on');
    const outcome = await home.run(['import', file, 'a']);
    expect(outcome.exitCode).toBe(1);
    expect(outcome.err).toContain('PDF');
    expect(existsSync(path.join(home.vms, 'a'))).toBe(false);
  });
});
