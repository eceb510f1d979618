import {
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  readdirSync,
  truncateSync,
  closeSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Library } from '../../library/library.ts';
import { quietWork, temporaryFolder, temporaryLibrary } from '../../library/testing/temporary-home.ts';
import { findMachine } from './find-machine.ts';
import type { ImportPlan } from './import-plan.ts';
import { inspectImport } from './inspect.ts';
import { makeMachine } from './make-machine.ts';
import {
  binaryList,
  cyclicList,
  doublingList,
  filesWithSecret,
  honest,
  plist,
  secretText,
  swap,
  swaps,
  utmSettings,
} from './testing/hostile-bundles.ts';

const never = new AbortController().signal;
let folder: ReturnType<typeof temporaryFolder>;
let home: Awaited<ReturnType<typeof temporaryLibrary>>;
const at = (...names: string[]): string => path.join(folder.path, ...names);
const secret = (): string => at('secret');

beforeEach(async () => {
  folder = temporaryFolder();
  home = await temporaryLibrary();
  // Of the length of sectors, as a disk is, so that it would pass for one.
  writeFileSync(secret(), Buffer.concat([Buffer.alloc(4096, 0x81), Buffer.from(secretText.padEnd(4096, '\0'))]), {
    mode: 0o600,
  });
  writeFileSync(at('disk'), Buffer.alloc(64 * 1024, 0x81));
});
afterEach(() => {
  folder[Symbol.dispose]();
  home[Symbol.dispose]();
});

async function planOf(file: string): Promise<ImportPlan> {
  const found = await findMachine(file, never);
  if (found.is !== 'machine') throw new Error(`it is ${found.is}`);
  return found.plan;
}

const take = (library: Library, plan: ImportPlan) =>
  makeMachine(library, plan, { name: 'new', how: 'copy', arch: 'arm64' }, quietWork());

const inspect = (file: string) =>
  inspectImport({ library: home.library, whyNotRunnable: () => Promise.resolve(undefined) }, file, never);

/** Whatever came of it, nothing of the user's is in the home, and no file of it is open to others. */
function expectNothingTaken(): void {
  expect(filesWithSecret(home.library.home.path)).toEqual([]);
  const vms = existsSync(home.library.home.vms) ? readdirSync(home.library.home.vms, { recursive: true }) : [];
  for (const name of vms) {
    const status = statSync(path.join(home.library.home.vms, String(name)));
    if (status.isFile() && /\.(img|fd)$/.test(String(name))) expect([name, status.mode & 0o077]).toEqual([name, 0]);
  }
}

for (const [name, { files, make }] of Object.entries(honest))
  describe(`the bundle ${name}`, () => {
    it('is taken as its program makes it', async () => {
      make(at(name), at('disk'));
      const vm = await take(home.library, await planOf(at(name)));
      expect(statSync(path.join(vm.folder, 'disk.img')).size).toBe(64 * 1024);
      expectNothingTaken();
    });

    it.each(Object.keys(swaps))('gives nothing of the host away with %s in the place of any file', async (how) => {
      for (const file of files) {
        make(at(name), at('disk'));
        swap(at(name, file), how, secret());
        const report = await inspect(at(name));
        // A file that is none of the machine's parts may be missing; then it is taken without.
        if (report.result === 'machine') await take(home.library, await planOf(at(name))).catch(() => undefined);
        else expect(['refused', 'several']).toContain(report.result);
        expectNothingTaken();
        await home.library.delete('new', 'permanent').catch(() => undefined);
        rmSync(at(name), { recursive: true });
      }
    });

    it.each(['an absolute link', 'a hard link', 'a FIFO'])(
      'asks again when %s took a place after it was looked at',
      async (how) => {
        for (const file of files) {
          make(at(name), at('disk'));
          const plan = await planOf(at(name));
          swap(at(name, file), how, secret());
          await take(home.library, plan).catch((error: unknown) =>
            expect(error).toMatchObject({ code: expect.stringMatching(/^(image-|file-)/) as string }),
          );
          expectNothingTaken();
          await home.library.delete('new', 'permanent').catch(() => undefined);
          rmSync(at(name), { recursive: true });
        }
      },
    );

    it('is refused where one of its folders is a link', async () => {
      for (const inner of new Set(files.map((file) => path.dirname(file)).filter((inner) => inner !== '.'))) {
        make(at(name), at('disk'));
        renameSync(at(name, inner), at('elsewhere'));
        symlinkSync(at('elsewhere'), at(name, inner));
        expect(await inspect(at(name))).toMatchObject({ result: 'refused' });
        rmSync(at('elsewhere'), { recursive: true });
        rmSync(at(name), { recursive: true });
      }
    });
  });

describe('a folder in Tart’s layout', () => {
  it('brings nothing along but what makes up a machine, whatever else is in it', async () => {
    honest.tart?.make(at('tart'), at('disk'));
    for (const other of [
      'events.jsonl',
      'usage.ring',
      'tatin-layers.json',
      'authorized_keys',
      '.hidden',
      'manifest.json',
    ])
      writeFileSync(at('tart', other), '{}');
    mkdirSync(at('tart', 'deep'));
    writeFileSync(at('tart', 'deep', 'file'), 'x');
    const plan = await planOf(at('tart'));
    expect(plan.leftOut.map(({ setting }) => setting)).toEqual(['Other files in its folder (2)']);
    const vm = await take(home.library, plan);
    expect(readdirSync(vm.folder).sort()).toEqual(
      ['config.json', 'disk-1.img', 'disk.img', 'nvram.bin', 'picture.png', 'qemu-vars.fd', 'tatin.json'].sort(),
    );
  });

  it('is moved without what does not come along, which stays where it is', async () => {
    const folder = path.join(home.library.home.path, 'moved');
    honest.tart?.make(folder, at('disk'));
    for (const name of ['thesis.odt', 'events.jsonl']) writeFileSync(path.join(folder, name), name);
    const vm = await makeMachine(home.library, await planOf(folder), { name: 'new', how: 'move' }, quietWork());
    expect(readdirSync(vm.folder)).toContain('disk-1.img');
    expect(readdirSync(folder)).toEqual(['thesis.odt']);
    rmSync(path.join(folder, 'thesis.odt'));
    honest.tart?.make(folder, at('disk'));
    await makeMachine(home.library, await planOf(folder), { name: 'newer', how: 'move' }, quietWork());
    expect(existsSync(folder)).toBe(false);
  });

  it('says what went wrong while it was moved, and not that its second names are', async () => {
    const folder = path.join(home.library.home.path, 'moved');
    honest.tart?.make(folder, at('disk'));
    const stop = new AbortController();
    const plan = await planOf(folder);
    const work = { signal: stop.signal, progress: () => undefined };
    writeFileSync(path.join(folder, 'config.json'), '{}');
    await expect(makeMachine(home.library, plan, { name: 'new', how: 'move' }, work)).rejects.toMatchObject({
      message: expect.stringContaining('config.json') as string,
    });
    expect(readdirSync(folder)).toContain('disk.img');
  });

  it('is refused in words if its settings nest deep, are long, or no text', async () => {
    honest.tart?.make(at('tart'), at('disk'));
    for (const text of [
      '['.repeat(400_000),
      `{"a":${'['.repeat(200_000)}`,
      ' '.repeat(3 * 2 ** 20),
      '\0',
      '{"version":1e999}',
    ]) {
      writeFileSync(at('tart', 'config.json'), text);
      const report = await inspect(at('tart'));
      expect(report).toMatchObject({ result: 'refused', error: { code: expect.stringMatching(/^image-/) as string } });
      expect(JSON.stringify(report)).not.toMatch(/RangeError|at .*\.ts/);
    }
    writeFileSync(at('tart', 'config.json'), '');
    truncateSync(at('tart', 'config.json'), 2 ** 40);
    expect(await inspect(at('tart'))).toMatchObject({ result: 'refused' });
  });

  it('keeps its words from steering a terminal', async () => {
    const name = `evil\u001b]0;title\u0007\u001b[2J.utm`;
    honest['nice.utm']?.make(at(name), at('disk'));
    writeFileSync(
      at(name, 'config.plist'),
      plist(
        utmSettings({
          Information: { Name: 'a\u202Eb\u009b2Jc', Notes: 'x\u009b2J\ny' },
          Network: [{ Mode: 'M\u009bode' }],
          System: { Architecture: 'aarch64', CPUCount: 1e300, MemorySize: -5 },
        }),
      ),
    );
    const plan = await planOf(at(name));
    const said = JSON.stringify([
      plan.title,
      plan.suggestedName,
      plan.warnings,
      plan.leftOut,
      plan.disks.map((disk) => disk.name),
    ]);
    // eslint-disable-next-line no-control-regex -- it is these that must not be there
    expect(said).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(plan.make === 'assemble' && plan.annotations?.notes).toBe('x\\u009b2J\ny');
    expect([plan.cpuCount, plan.memoryBytes]).toEqual([undefined, undefined]);
  });
});

describe('settings that unfold to more than they are', () => {
  const lists: Readonly<Record<string, () => Buffer | string>> = {
    'arrays that double forty times, in 243 bytes': () => doublingList(40),
    'arrays that double two hundred times': () => doublingList(200),
    'an array in itself': cyclicList,
    'an array in itself among others': () => binaryList([Buffer.from([0xa2, 1, 0]), Buffer.from([0xa1, 0])]),
    'references that lead nowhere': () => binaryList([Buffer.from([0xa1, 200])]),
    'a text that is longer than the file': () => binaryList([Buffer.from([0x5f, 0x13, 0, 0, 0, 1, 0, 0, 0, 0])]),
    'a text of no possible length': () =>
      binaryList([Buffer.from([0x5f, 0x13, 255, 255, 255, 255, 255, 255, 255, 255])]),
    'a list that is no list': () => 'bplist00',
    'elements within elements': () => `<plist>${'<array>'.repeat(100_000)}`,
    'more elements than settings have': () => `<plist><array>${'<true/>'.repeat(140_000)}</array></plist>`,
    'entities of its own': () =>
      `<!DOCTYPE plist [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]><plist><string>&b;&x;</string></plist>`,
    'dictionaries without values': () => '<plist><dict><key>a</key></dict></plist>',
  };
  it.each(Object.keys(lists))('%s: refused in words', async (what) => {
    honest['nice.utm']?.make(at('nice.utm'), at('disk'));
    writeFileSync(at('nice.utm', 'config.plist'), lists[what]?.() ?? '');
    const before = process.memoryUsage().rss;
    expect(await inspect(at('nice.utm'))).toMatchObject({ result: 'refused', error: { code: 'image-damaged' } });
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 ** 2);
  });

  it('more drives than a machine has', async () => {
    honest['nice.utm']?.make(at('nice.utm'), at('disk'));
    const Drive = Array.from({ length: 3_000 }, () => ({ ImageName: 'disk.img', ImageType: 'Disk' }));
    writeFileSync(at('nice.utm', 'config.plist'), plist(utmSettings({ Drive })));
    expect(await inspect(at('nice.utm'))).toMatchObject({
      result: 'refused',
      error: { message: expect.stringContaining('3000 disks') as string },
    });
  });
});

describe('an appliance', () => {
  const ovf = (href: string, more = '') =>
    `<Envelope><References><File id="f" href="${href}"/></References><DiskSection><Disk diskId="d" fileRef="f" capacity="1"/>${more}</DiskSection><VirtualSystem id="x"/></Envelope>`;

  it.each([
    '',
    '.',
    '..',
    '../secret',
    '/etc/passwd',
    'file:///etc/passwd',
    'http://127.0.0.1/x',
    'a/b',
    'a\\b',
    'd\u0001',
  ])('is refused if it names %j', async (href) => {
    writeFileSync(at('a.ovf'), ovf(href));
    expect(await inspect(at('a.ovf'))).toMatchObject({ result: 'refused' });
  });

  it.each(Object.keys(swaps))('takes nothing that is %s beside it', async (how) => {
    writeFileSync(at('a.ovf'), ovf('disk.img'));
    for (const name of ['disk.img', 'a.mf']) {
      writeFileSync(at('disk.img'), readFileSync(at('disk')));
      swap(at(name), how, secret());
      expect(await inspect(at('a.ovf'))).toMatchObject({ result: 'refused' });
      rmSync(at(name), { recursive: true });
    }
    expectNothingTaken();
  });

  it('is refused if it has more attributes than descriptions have', async () => {
    const attributes = Array.from({ length: 110_000 }, (_, index) => `a${index}="" `);
    writeFileSync(at('a.ovf'), `<Envelope ${attributes.join('')}/>`);
    expect(await inspect(at('a.ovf'))).toMatchObject({ result: 'refused', error: { code: 'image-damaged' } });
  });

  it('is refused if it lists more disks than a machine has, or only heads of an archive', async () => {
    const disks = Array.from({ length: 500 }, (_, index) => `<Disk diskId="d${index}" fileRef="f" capacity="1"/>`);
    writeFileSync(at('a.ovf'), ovf('disk', disks.join('')));
    expect(await inspect(at('a.ovf'))).toMatchObject({ result: 'refused' });
    const head = tarHead('folder/', '5');
    writeFileSync(at('many.ova'), Buffer.concat(Array.from({ length: 12_000 }, () => head)));
    expect(await inspect(at('many.ova'))).toMatchObject({ result: 'refused', error: { code: 'image-damaged' } });
  });
});

describe('a folder of several things', () => {
  it('lists what is good beside what is hostile', async () => {
    mkdirSync(at('all'));
    honest['nice.utm']?.make(at('all', 'nice.utm'), at('disk'));
    honest['nice.utm']?.make(at('all', 'bomb.utm'), at('disk'));
    writeFileSync(at('all', 'bomb.utm', 'config.plist'), doublingList(40));
    honest['nice.utm']?.make(at('all', 'fifo.utm'), at('disk'));
    for (const name of ['fifo.utm/config.plist', 'fifo', 'loose.img'])
      swap(at('all', name), name === 'loose.img' ? 'an absolute link' : 'a FIFO', secret());
    symlinkSync('.', at('all', 'itself'));
    const report = await inspect(at('all'));
    expect(report).toMatchObject({ result: 'several' });
    const names =
      report.result === 'several' ? report.sources.map((one) => one.from === 'path' && path.basename(one.path)) : [];
    expect(names).toEqual(['bomb.utm', 'nice.utm']);
    expect(await inspect(at('all', 'bomb.utm'))).toMatchObject({ result: 'refused' });
    expect(await inspect(at('all', 'fifo.utm'))).toMatchObject({ result: 'refused' });
  });

  it('is refused where there are more files than are looked at', async () => {
    mkdirSync(at('many'));
    for (let index = 0; index < 1_100; index++) closeSync(openSync(at('many', `f${index}`), 'w'));
    expect(await inspect(at('many'))).toMatchObject({ result: 'refused' });
  });
});

describe('looking into something', () => {
  it('is called off by whoever asked', async () => {
    honest['nice.utm']?.make(at('nice.utm'), at('disk'));
    const stop = AbortSignal.abort();
    await expect(findMachine(at('nice.utm'), stop)).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('does not search a partition table that is full of EFI partitions for hours', async () => {
    const file = at('parts.img');
    writeFileSync(file, '');
    truncateSync(file, 2 ** 41);
    const disk = openSync(file, 'r+');
    const header = Buffer.alloc(512);
    header.write('EFI PART', 0, 'latin1');
    header.writeBigUInt64LE(2n, 72);
    header.writeUInt32LE(4096, 80);
    header.writeUInt32LE(128, 84);
    writeSync(disk, header, 0, 512, 512);
    const entry = Buffer.alloc(128);
    Buffer.from('28732ac11ff8d211ba4b00a0c93ec93b', 'hex').copy(entry);
    entry.writeBigUInt64LE(2048n, 32);
    entry.writeBigUInt64LE(2n ** 31n, 40);
    writeSync(disk, Buffer.concat(Array.from({ length: 4096 }, () => entry)), 0, 4096 * 128, 1024);
    closeSync(disk);
    expect(await inspect(file)).toMatchObject({ result: 'machine' });
  });
});

function tarHead(name: string, type: string): Buffer {
  const head = Buffer.alloc(512);
  head.write(name, 0);
  head.write('00000000000', 124);
  head.write(type, 156);
  head.write('ustar\x0000', 257);
  head.fill(' ', 148, 156);
  head.write(
    `${head
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0`,
    148,
  );
  return head;
}
