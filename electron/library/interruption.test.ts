import { readFileSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Library } from './library.ts';
import { OtherProgram } from './testing/other-program.ts';
import { generator } from './testing/random.ts';
import { quietWork, temporaryFolder } from './testing/temporary-home.ts';
import { diskByte, diskBytes } from './testing/work-on-home.ts';

const program = path.join(import.meta.dirname, 'testing', 'work-on-home.ts');
const whole = Buffer.alloc(diskBytes, diskByte);
/** The same steps and moments in each run; how far a program has come by then still differs. */
const random = generator(2026);

/** Names of the VMs, each of which must be whole: readable, and with every byte of its disk. */
async function wholeVms(library: Library): Promise<string[]> {
  const entries = await library.list();
  for (const entry of entries) {
    expect(entry).toMatchObject({ kind: 'machine' });
    expect(readFileSync(path.join(entry.folder, 'disk.img')).equals(whole), `the disk of ${entry.name}`).toBe(true);
  }
  return entries.map(({ name }) => name);
}

function pick<T>(items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick');
  return item;
}

/** Something that makes sense with these VMs, and the names that there are when it is done. */
function nextStep(names: readonly string[], fresh: string): { line: string; after: string[] } {
  if (names.length === 0) return { line: `create ${fresh}`, after: [fresh] };
  const name = pick(names);
  const others = names.filter((other) => other !== name);
  const steps = [
    { line: `create ${fresh}`, after: [...names, fresh] },
    { line: `clone ${name} ${fresh}`, after: [...names, fresh] },
    { line: `clone ${name} ${fresh}`, after: [...names, fresh] },
    { line: `rename ${name} ${fresh}`, after: [...others, fresh] },
    { line: `trash ${name}`, after: others },
    { line: `remove ${name}`, after: others },
    { line: `configure ${name}`, after: [...names] },
    { line: `annotate ${name}`, after: [...names] },
  ];
  // A handful of disks is enough to keep.
  return pick(names.length > 4 ? steps.slice(3) : steps);
}

describe('a library whose program is killed', () => {
  it('has every VM whole, as it was before the work in hand or as it is after, and leaves only what a sweep removes', async () => {
    using folder = temporaryFolder();
    process.env.XDG_DATA_HOME = path.join(folder.path, 'data');
    const library = await Library.open(path.join(folder.path, 'home'));
    let names: string[] = [];
    let fresh = 0;
    let interrupted = 0;
    // A run in which no kill came in the middle of anything would have shown nothing.
    for (let round = 0; round < 16 || interrupted === 0; round++) {
      await using other = OtherProgram.node(program, library.home.path);
      expect(await other.line()).toBe('ready');
      for (let step = Math.floor(random() * 4); step > 0; step--) {
        const { line, after } = nextStep(names, `vm${fresh++}`);
        other.say(line);
        expect(await other.line(), line).toBe('done');
        names = after;
      }
      const { line, after } = nextStep(names, `vm${fresh++}`);
      other.say(line);
      // Not a wait for something: the moment of the kill is what is tried, from at once to well after the end.
      await delay(random() * random() * 60);
      other.kill();
      await other.ended();
      const found = (await wholeVms(library)).sort();
      expect([[...names].sort(), [...after].sort()], line).toContainEqual(found);
      if (readdirSync(library.home.tmp).length > 0) interrupted++;
      await library.sweep();
      expect(readdirSync(library.home.tmp)).toEqual([]);
      names = found;
    }
  });
});

describe('two programs that make the same VM at once', () => {
  it.each(['create', 'clone', 'rename'])('has one of them succeed (%s)', async (verb) => {
    using folder = temporaryFolder();
    const library = await Library.open(path.join(folder.path, 'home'));
    const fill = (disk: { path: string }) => writeFile(disk.path, whole);
    for (const name of ['source0', 'source1'])
      await library.create({ name, os: 'linux', diskBytes, fill }, quietWork());
    await using first = OtherProgram.node(program, library.home.path);
    await using second = OtherProgram.node(program, library.home.path);
    const programs = [first, second];
    for (const other of programs) expect(await other.line()).toBe('ready');
    for (let round = 0; round < 6; round++) {
      const lines = programs.map((_, index) =>
        verb === 'create' ? `create same${round}` : `${verb} source${index} same${round}`,
      );
      programs.forEach((other, index) => other.say(lines[index] ?? ''));
      const answers = await Promise.all(programs.map((other) => other.line()));
      expect([...answers].sort()).toEqual(['done', 'vm-exists']);
      expect(await wholeVms(library)).toContain(`same${round}`);
      if (verb === 'rename') await library.rename(`same${round}`, `source${answers.indexOf('done')}`);
      else await library.delete(`same${round}`, 'permanent');
    }
    expect(readdirSync(library.home.tmp)).toEqual([]);
  });
});
