import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import { Library } from '../../library/library.ts';
import { layDownVm } from '../../library/testing/temporary-home.ts';
import { ServicesLab } from '../testing/services-lab.ts';

const names = ['a\u001b[2J\u001b]0;title\u0007', 'photo\u202Egnp.exe', 'two\nlines', 'zero\u200Bwidth'];
const patience = { timeout: 20_000 };
const steering = /[\p{Cc}\u202E\u200B]/u;

describe('A library of names that steer and hide', () => {
  it('is worked on by id under the exact names, and what is said of it steers nothing', async () => {
    await using lab = await ServicesLab.open();
    const library = await Library.open(lab.at('home'));
    for (const name of names) layDownVm(library, name);
    await lab.restart();
    const vms = await lab.ask('vms.list', {});
    expect(vms.map(({ name }) => name).sort()).toEqual([...names].sort());
    for (const { id, name, folder } of vms) {
      await lab.ask('machines.start', { id });
      await expect.poll(() => lab.ask('vms.get', { id }), patience).toMatchObject({ state: { phase: 'running' } });
      const refusal = await lab.ask('machines.resume', { id }).catch((error: unknown) => error);
      expect(refusal, name).toBeInstanceOf(AppError);
      expect((refusal as AppError).message, name).not.toMatch(steering);
      await lab.ask('machines.forceStop', { id });
      await expect.poll(() => lab.ask('vms.get', { id }), patience).toMatchObject({ state: { phase: 'stopped' } });
      await lab.ask('vms.delete', { id, permanently: true });
      expect(existsSync(folder), name).toBe(false);
    }
    expect(await lab.ask('vms.list', {})).toEqual([]);
  });
});
