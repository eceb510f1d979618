import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WindowMemory } from './window-memory.ts';

const place = { bounds: { x: 1, y: 2, width: 900, height: 600 }, fullScreen: false, maximized: false };

describe('WindowMemory', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tatin-windows-'));
    file = join(folder, 'state/windows.json');
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
  });

  it('knows after a restart what it was told before', () => {
    const before = WindowMemory.read(file);
    before.setLibrary({ ...place, fullScreen: true });
    before.setConsole('local:a', place, true);
    before.setConsole('local:b', place, false);
    before.write();
    const after = WindowMemory.read(file);
    expect(after.library).toEqual({ ...place, fullScreen: true });
    expect(after.openConsoles()).toEqual(['local:a']);
    expect(after.console('local:b')).toMatchObject(place);
  });

  it('forgets machines that are no more', () => {
    const memory = WindowMemory.read(file);
    memory.setConsole('local:a', place, true);
    memory.setConsole('local:b', place, true);
    memory.keepOnly(new Set(['local:b']));
    expect(memory.openConsoles()).toEqual(['local:b']);
  });

  it.each(['', '{', '[]', '{"version":2}', '{"version":1,"library":{"bounds":{"x":"left"}}}'])(
    'remembers nothing from a file that says %s',
    (text) => {
      file = join(folder, 'windows.json');
      writeFileSync(file, text);
      const memory = WindowMemory.read(file);
      expect(memory.library).toBeUndefined();
      expect(memory.openConsoles()).toEqual([]);
    },
  );

  it('leaves no other file behind, for the user alone, and writes only what changed', () => {
    const memory = WindowMemory.read(file);
    memory.setLibrary(place);
    memory.write();
    expect(readdirSync(join(folder, 'state'))).toEqual(['windows.json']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { ino } = statSync(file);
    memory.setLibrary({ ...place });
    memory.write();
    expect(statSync(file).ino).toBe(ino);
  });

  it('goes on where it can not write', () => {
    const logged = vi.spyOn(console, 'error').mockReturnValue();
    writeFileSync(join(folder, 'state'), 'a file in the way');
    const memory = WindowMemory.read(file);
    memory.setLibrary(place);
    memory.write();
    expect(logged).toHaveBeenCalledOnce();
    expect(memory.library).toEqual(place);
  });
});
