import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, truncateSync, watch, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import { quietWork, temporaryFolder, temporaryLibrary } from '../../library/testing/temporary-home.ts';
import { readerOf } from './byte-reader.ts';
import { detect } from './detect.ts';
import { findMachine } from './find-machine.ts';
import { makeMachine } from './make-machine.ts';
import { makeDisk, makeImage, mebibyte, run } from './testing/sample-images.ts';
import { describeVmdk, hostileVmdks, putVmdk, sparseVmdk } from './testing/vmdk-images.ts';
import { parseVmdkDescriptor } from './vmdk-descriptor.ts';

const never = new AbortController().signal;
const patience = { timeout: 30_000 };
const word = 'TOP-SECRET-BYTES';
let samples: ReturnType<typeof temporaryFolder>;
let raw: string;
const connections: string[] = [];
const server = createServer((socket) => {
  connections.push('tcp');
  socket.destroy();
});
const at = (...names: string[]): string => path.join(samples.path, ...names);

beforeAll(async () => {
  samples = temporaryFolder();
  mkdirSync(at('outside'));
  writeFileSync(at('outside', 'secret'), word.repeat(700).slice(0, 21 * 512), { mode: 0o600 });
  raw = at('disk.img');
  makeDisk(raw);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
});
afterAll(() => {
  server.close();
  samples[Symbol.dispose]();
});

const aims = () => ({ secret: at('outside', 'secret'), port: (server.address() as AddressInfo).port });
const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

async function importFile(file: string): Promise<string> {
  using home = await temporaryLibrary();
  const found = await findMachine(file, never);
  if (found.is !== 'machine') throw new Error(`it is ${found.is}`);
  const vm = await makeMachine(home.library, found.plan, { name: 'new', how: 'copy', arch: 'amd64' }, quietWork());
  return digest(path.join(vm.folder, 'disk.img'));
}

describe('a hostile VMDK', () => {
  it.each(Object.keys(hostileVmdks({ secret: '/x/secret', port: 1 })))('with %s is refused in words', async (name) => {
    const folder = mkdtempSync(at('hostile-'));
    const file = putVmdk(folder, hostileVmdks(aims())[name] ?? {});
    const error = await findMachine(file, never).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: expect.stringMatching(/^image-(damaged|not-supported)$/) as string });
    expect((error as AppError).message).not.toContain(word);
    expect(connections).toEqual([]);
  });

  it('would lead plain qemu-img to the secret: what is tested here is no straw man', () => {
    const folder = mkdtempSync(at('control-'));
    const all = hostileVmdks(aims());
    for (const name of ['a number with a sign', 'a parent in a comment', 'a list in a part of no length']) {
      const file = putVmdk(folder, all[name] ?? {});
      run('qemu-img', ['convert', '-O', 'raw', file, path.join(folder, 'out')], folder);
      expect(readFileSync(path.join(folder, 'out')).includes(word)).toBe(true);
    }
  });

  it('is refused in an appliance as well', async () => {
    const files = hostileVmdks(aims())['a parent by its absolute name'] ?? {};
    await expect(findMachine(makeOva('evil', putVmdk(mkdtempSync(at('ova-')), files)), never)).rejects.toMatchObject({
      code: 'image-not-supported',
    });
  });
});

/** An appliance of one disk, in a tar archive. */
function makeOva(name: string, disk: string): string {
  const folder = path.dirname(disk);
  const leaf = path.basename(disk);
  writeFileSync(
    path.join(folder, 'machine.ovf'),
    `<?xml version="1.0"?><Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"><References><File ovf:id="f" ovf:href="${leaf}"/></References><DiskSection><Info/><Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="48" ovf:capacityAllocationUnits="byte * 2^20"/></DiskSection><VirtualSystem ovf:id="${name}"><Info/><VirtualHardwareSection><Info/><Item><rasd:ResourceType>17</rasd:ResourceType><rasd:HostResource>ovf:/disk/d</rasd:HostResource></Item></VirtualHardwareSection></VirtualSystem></Envelope>`,
  );
  run('tar', ['--format=ustar', '-cf', path.join(folder, `${name}.ova`), 'machine.ovf', leaf], folder);
  return path.join(folder, `${name}.ova`);
}

describe('an honest VMDK', () => {
  const kinds = ['monolithicSparse', 'streamOptimized', 'twoGbMaxExtentSparse', 'monolithicFlat', 'twoGbMaxExtentFlat'];
  it.each(kinds)('of the kind %s becomes the same disk, bit for bit', async (subformat) => {
    const image = makeImage(raw, { name: `${subformat}.vmdk`, format: 'vmdk', options: `-o subformat=${subformat}` });
    expect(await importFile(image)).toBe(digest(raw));
  });

  it.each(['monolithicSparse', 'streamOptimized'])(
    'of the kind %s does so inside of an appliance',
    async (subformat) => {
      const image = makeImage(raw, {
        name: `ova-${subformat}.vmdk`,
        format: 'vmdk',
        options: `-o subformat=${subformat}`,
      });
      expect(await importFile(makeOva(subformat, image))).toBe(digest(raw));
    },
  );

  it('of parts of all kinds becomes all of them in their order, with zeros between', async () => {
    const folder = mkdtempSync(at('mixed-'));
    const file = (name: string): string => path.join(folder, name);
    const disk = readFileSync(raw);
    const [first, second] = [disk.subarray(0, 20 * mebibyte), disk.subarray(20 * mebibyte, 24 * mebibyte)];
    writeFileSync(file('first.img'), first);
    writeFileSync(file('flat.bin'), Buffer.concat([Buffer.alloc(1024, 7), second]));
    run('qemu-img', ['convert', '-f', 'raw', '-O', 'vmdk', file('first.img'), file('whole.vmdk')]);
    const sectors = (bytes: number): number => bytes / 512;
    const lines = [
      `RW ${sectors(first.length)} SPARSE "whole.vmdk"`,
      `RDONLY\t${sectors(second.length)}   FLAT "flat.bin" 2`,
      'RW 2048 ZERO',
      `RW ${sectors(second.length)} VMFS "flat.bin"`,
    ].join('\r\n');
    writeFileSync(
      file('list.vmdk'),
      describeVmdk({ extents: lines, createType: 'custom', more: 'ddb.uuid = "60 00 C2"' }),
    );
    const shifted = Buffer.concat([Buffer.alloc(1024, 7), second]).subarray(0, second.length);
    const wanted = Buffer.concat([first, second, Buffer.alloc(mebibyte), shifted]);
    expect(await importFile(file('list.vmdk'))).toBe(createHash('sha256').update(wanted).digest('hex'));
  });

  it('whose part is too short, or a link, is refused', async () => {
    const image = makeImage(raw, { name: 'short.vmdk', format: 'vmdk', options: '-o subformat=monolithicFlat' });
    truncateSync(at('short-flat.vmdk'), 47 * mebibyte);
    await expect(findMachine(image, never)).rejects.toMatchObject({ code: 'image-damaged' });
  });

  it('is told to be one part of several where it has no description', async () => {
    makeImage(raw, { name: 'parts.vmdk', format: 'vmdk', options: '-o subformat=twoGbMaxExtentSparse' });
    await expect(findMachine(at('parts-s001.vmdk'), never)).rejects.toThrow(/one part of a disk of several/);
  });
});

describe('parseVmdkDescriptor', () => {
  it('reads what VMware, VirtualBox and QEMU write', () => {
    const text = describeVmdk({
      extents: 'RW 41943040 SPARSE "généré-stream.vmdk"',
      createType: 'streamOptimized',
      more: [
        'encoding="UTF-8"',
        'isNativeSnapshot="no"',
        'ddb.virtualHWVersion = "4"',
        'ddb.geometry.cylinders="1044"',
        'ddb.uuid.image="e8a1d4d5-0a7b-4f5f-8d5c-2a3b4c5d6e7f"',
        'ddb.uuid.parent="00000000-0000-0000-0000-000000000000"',
        'ddb.comment=""',
        'ddb.longContentID = "a1b2c3d4e5f60718293a4b5c6d7e8f90"',
        'ddb.toolsVersion = "2147483647"',
        '# Change Tracking File',
        'changeTrackPath="disk-ctk.vmdk"',
      ].join('\n'),
    });
    const padded = Buffer.concat([Buffer.from(text), Buffer.alloc(200)]);
    expect(parseVmdkDescriptor(padded)).toEqual({
      createType: 'streamOptimized',
      sectors: 41_943_040,
      extents: [{ kind: 'sparse', sectors: 41_943_040, file: 'généré-stream.vmdk', offset: 0 }],
    });
  });

  it('takes no line that has a character too much or too few', () => {
    const extent = 'RW 64 FLAT "a.vmdk" 0';
    const bytes = fc.integer({ min: 0, max: 127 });
    fc.assert(
      fc.property(fc.nat({ max: extent.length }), bytes, (place, byte) => {
        const line = `${extent.slice(0, place)}${String.fromCharCode(byte)}${extent.slice(place)}`;
        let parsed;
        try {
          parsed = parseVmdkDescriptor(Buffer.from(line, 'latin1'));
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          return;
        }
        // What is let through has the very same meaning to a reader that splits lines at blanks and looks for quotes.
        const [one, ...others] = parsed.extents;
        if (one === undefined) expect(line).toMatch(/^#|^$/);
        else expect(line).toContain(`"${one.file}"`);
        expect(others).toEqual([]);
      }),
    );
  });

  it('answers or refuses in words whatever is done to a real description or header', async () => {
    const image = sparseVmdk(describeVmdk({ extents: 'RW 2048 SPARSE "main.vmdk"' }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: 21 * 512 }), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        async (changes) => {
          const copy = Buffer.from(image);
          for (const [place, byte] of changes) copy[place] = byte;
          await detect(readerOf(copy)).catch((error: unknown) => {
            if (!(error instanceof AppError)) throw error;
          });
        },
      ),
    );
  });
});

function watching(folder: string, onName: (name: string | null) => void): Disposable {
  const watcher = watch(folder, (_event, name) => onName(name));
  return { [Symbol.dispose]: () => watcher.close() };
}

it('looking at an image leaves nothing in the folder for temporary files', async () => {
  const image = makeImage(raw, { name: 'looked.vmdk', format: 'vmdk', options: '' });
  const folder = mkdtempSync(at('tmp-'));
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    expect(tmpdir()).toBe(folder);
    // A file of any name there would be told, also one that is gone again at once.
    const seen: string[] = [];
    using _watching = watching(folder, (name) => seen.push(name ?? ''));
    writeFileSync(path.join(folder, 'seen'), '');
    await expect.poll(() => seen, patience).toContain('seen');
    await findMachine(image, never);
    // As Linux calls a file that has no name.
    expect(new Set(seen.filter((name) => !/^#\d+$/.test(name)))).toEqual(new Set(['seen']));
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
});
