import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Library } from '../library/library.ts';
import { OtherProgram, holdFcntl } from '../library/testing/other-program.ts';
import { layDownVm, makeVm } from '../library/testing/temporary-home.ts';
import { TatinHome } from './testing/tatin.ts';

/** A home with a VM as another program laid it down. */
async function homeWithVm(...names: string[]): Promise<TatinHome & { library: Library }> {
  const home = new TatinHome();
  const library = await Library.open(home.path);
  for (const name of names) layDownVm(library, name);
  return Object.assign(home, { library });
}

const silent = { exitCode: 0, out: '', err: '' };

describe('tatin list', () => {
  it('says nothing about an empty library', async () => {
    using home = new TatinHome();
    expect(await home.run(['list'])).toEqual(silent);
    expect(await home.run(['list', '--format', 'json'])).toEqual({ ...silent, out: '[\n\n]\n' });
  });

  it('prints the columns of Tart, by name, without the row for scripts', async () => {
    using home = await homeWithVm('b', 'a');
    utimesSync(path.join(home.vms, 'a'), new Date(Date.now() - 185_000), new Date());
    utimesSync(path.join(home.vms, 'b'), new Date(Date.now() - 2 * 86_400_000 - 5000), new Date());
    const { exitCode, out, err } = await home.run(['list']);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(out).toMatch(
      /^Source Name Disk Size +Accessed +State\nlocal {2}a {4}1 MB \d+ KB 3 min ago {2}stopped\nlocal {2}b {4}1 MB \d+ KB 2 days ago +stopped\n$/,
    );
  });

  it("prints JSON with Tart's keys, types and spelling", async () => {
    using home = await homeWithVm('a');
    await makeVm(home.library, 'large', { diskBytes: 50_999_999_488 });
    for (const name of ['a', 'large']) utimesSync(path.join(home.vms, name), 1_778_587_200, 1_778_587_200);
    const { out } = await home.run(['list', '--format', 'json', '--source', 'local']);
    const row = (name: string, disk: number) => `  {
    "Source" : "local",
    "Name" : "${name}",
    "Disk" : ${disk},
    "Size" : 0,
    "Accessed" : "2026-05-12T12:00:00Z",
    "Running" : false,
    "State" : "stopped"
  }`;
    expect(out).toBe(`[\n${row('a', 0)},\n${row('large', 50)}\n]\n`);
  });

  it('leaves access times alone, tells of what it can not read aside, and prints names for loops', async () => {
    using home = await homeWithVm('a', 'broken');
    utimesSync(path.join(home.vms, 'a'), 1_778_587_200, 1_778_587_200);
    writeFileSync(path.join(home.vms, 'broken', 'config.json'), '{ "version" : 1,');
    const { out, err, exitCode } = await home.run(['list', '-q']);
    expect({ out, exitCode }).toEqual({ out: 'a\n', exitCode: 0 });
    expect(err).toBe("broken can't be used: config.json ends in line 1.\n");
    expect(statSync(path.join(home.vms, 'a')).atimeMs).toBe(1_778_587_200_000);
  });

  it('tells of images that Tart has pulled, apart from the VMs', async () => {
    using home = await homeWithVm('a');
    const image = path.join(home.path, 'cache/OCIs/ghcr.io/org/image', `sha256:${'0'.repeat(64)}`);
    cpSync(path.join(home.vms, 'a'), image, { recursive: true });
    symlinkSync(image, path.join(path.dirname(image), 'latest'));
    const names = [`ghcr.io/org/image:latest`, `ghcr.io/org/image@sha256:${'0'.repeat(64)}`];
    expect((await home.run(['list', '-q'])).out).toBe(['a', ...names, ''].join('\n'));
    expect((await home.run(['list', '-q', '--source', 'oci'])).out).toBe([...names, ''].join('\n'));
    expect((await home.run(['list', '-q', '--source', 'local'])).out).toBe('a\n');
    const { out } = await home.run(['list', '--source', 'oci', '--format', 'json']);
    expect(JSON.parse(out)).toMatchObject([{ Source: 'OCI', Running: false, State: 'stopped' }, {}]);
  });

  it('ends quietly when nobody reads it any more', async () => {
    using home = await homeWithVm('a');
    const child = home.start(['list']);
    let err = '';
    child.stderr?.on('data', (bytes: Buffer) => (err += bytes.toString()));
    child.stdout?.destroy();
    await once(child, 'close');
    expect({ exitCode: child.exitCode, err }).toEqual({ exitCode: 0, err: '' });
  });

  it('shows a VM that another program holds the lock of as running', async () => {
    using home = await homeWithVm('a');
    await using other = OtherProgram.python(holdFcntl, path.join(home.vms, 'a', 'config.json'));
    expect(await other.line()).toBe('locked');
    const { out } = await home.run(['list', '--format', 'json']);
    expect(JSON.parse(out)).toMatchObject([{ Name: 'a', Running: true, State: 'running' }]);
  });
});

describe('tatin get', () => {
  it("prints JSON with Tart's keys, types and spelling, and counts as use", async () => {
    using home = await homeWithVm('a');
    utimesSync(path.join(home.vms, 'a'), 1_778_587_200, 1_778_587_200);
    const { out } = await home.run(['get', 'a', '--format', 'json']);
    expect(out.replace(/"0\.\d{3}"/, '"0.000"')).toBe(`{
  "OS" : "linux",
  "CPU" : 4,
  "Memory" : 16384,
  "Disk" : 0,
  "DiskFormat" : "raw",
  "Size" : "0.000",
  "Display" : "1920x1200",
  "Running" : false,
  "State" : "stopped"
}
`);
    const after = statSync(path.join(home.vms, 'a'));
    expect(after.atimeMs).toBeGreaterThan(1_778_587_200_000);
    expect(after.mtimeMs).toBe(1_778_587_200_000);
  });

  it('prints a table', async () => {
    using home = await homeWithVm('a');
    expect((await home.run(['get', 'a'])).out).toMatch(
      /^OS {4}CPU Memory Disk DiskFormat Size +Display +State\nlinux 4 {3}16 GB {2}1 MB raw {8}\d+ KB +1920x1200 stopped\n$/,
    );
  });
});

describe('tatin set', () => {
  it('changes what it is told and nothing else, the unit of the display and its refit included', async () => {
    using home = await homeWithVm('a');
    const config = path.join(home.vms, 'a', 'config.json');
    const first = ['--cpu', '2', '--memory', '1024', '--display=1280x800px', '--display-refit', '--disk-size', '1'];
    expect(await home.run(['set', 'a', ...first])).toEqual(silent);
    expect(await home.run(['set', 'a', '--display', '1600x'])).toEqual(silent);
    expect(JSON.parse(readFileSync(config, 'utf8'))).toMatchObject({
      cpuCount: 2,
      memorySize: 1024 ** 3,
      display: { width: 1600, height: 800, unit: 'px' },
      displayRefit: true,
    });
    expect(statSync(path.join(home.vms, 'a', 'disk.img')).size).toBe(1e9);
    expect(await home.run(['set', '--no-display-refit', '--random-mac', '--random-serial', 'a'])).toEqual(silent);
    expect(JSON.parse(readFileSync(config, 'utf8'))).toMatchObject({ displayRefit: false });
    expect(readFileSync(config, 'utf8')).not.toContain('7a:0b:2c:00:4e:5f');
  });

  it('replaces the disk and grows it in one call, or does neither', async () => {
    using home = await homeWithVm('a');
    const image = path.join(home.folder, 'image');
    writeFileSync(image, 'boots', { flag: 'w' });
    expect(await home.run(['set', 'a', '--disk', image, '--disk-size', '1'])).toEqual(silent);
    const disk = path.join(home.vms, 'a', 'disk.img');
    expect(statSync(disk).size).toBe(1e9);
    const refused = await home.run(['set', 'a', '--disk', disk, '--disk-size', '0']);
    expect(refused.exitCode).toBe(64);
    expect((await home.run(['set', 'a', '--disk', `${image}.qcow2`])).exitCode).toBe(1);
  });

  it('refuses to shrink a disk, in a sentence and a hint, with 1', async () => {
    using home = await homeWithVm();
    await makeVm(home.library, 'a', { diskBytes: 5e9 });
    expect(await home.run(['set', 'a', '--disk-size', '4'])).toEqual({
      exitCode: 1,
      out: '',
      err: 'The disk has 5 GB already, and a disk can only grow.\nChoose a larger size.\n',
    });
  });
});

describe('tatin clone, rename and delete', () => {
  it('do as they say', async () => {
    using home = await homeWithVm('a');
    const clone = ['clone', 'a', 'b', '--concurrency', '2', '--insecure', '--prune-limit', '0'];
    expect(await home.run(clone)).toEqual(silent);
    expect(await home.run(['rename', 'a', 'c'])).toEqual(silent);
    expect(readdirSync(home.vms).sort()).toEqual(['b', 'c']);
    expect(await home.run(['delete', 'b', 'c', 'c'])).toEqual(silent);
    expect(readdirSync(home.vms)).toEqual([]);
  });

  it('never replace a VM', async () => {
    using home = await homeWithVm('a', 'b');
    const refused = 'There is a virtual machine named "b" already.\nChoose another name.\n';
    expect(await home.run(['clone', 'a', 'b'])).toEqual({ exitCode: 1, out: '', err: refused });
    expect(await home.run(['rename', 'a', 'b'])).toEqual({ exitCode: 1, out: '', err: refused });
  });

  it('delete nothing if one of the names is wrong', async () => {
    using home = await homeWithVm('a', 'b');
    expect((await home.run(['delete', 'a', 'nope', 'b'])).exitCode).toBe(2);
    expect(readdirSync(home.vms).sort()).toEqual(['a', 'b']);
  });

  it('refuse a VM that runs, with 1', async () => {
    using home = await homeWithVm('a');
    await using other = OtherProgram.python(holdFcntl, path.join(home.vms, 'a', 'config.json'));
    expect(await other.line()).toBe('locked');
    for (const command of [
      ['delete', 'a'],
      ['rename', 'a', 'b'],
      ['clone', 'a', 'b'],
      ['set', 'a', '--cpu', '1'],
    ]) {
      const { exitCode, err } = await home.run(command);
      expect([command[0], exitCode]).toEqual([command[0], 1]);
      expect(err).toContain(`"a" is running`);
    }
    expect(existsSync(path.join(home.vms, 'a', 'disk.img'))).toBe(true);
  });
});
