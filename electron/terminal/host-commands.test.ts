import { existsSync, lstatSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Diagnosis } from '../contract/doctor.ts';
import { TatinHome } from './testing/tatin.ts';

describe('tatin doctor', () => {
  it('names what needs attention, and cures what loses nothing', async () => {
    using home = new TatinHome();
    const repository = path.join(home.path, 'cache', 'OCIs', 'ghcr.io', 'ci');
    mkdirSync(repository, { recursive: true });
    const link = path.join(repository, 'latest');
    symlinkSync(path.join(repository, 'sha256:gone'), link);
    const before = await home.run(['doctor']);
    expect(before.out).toContain('ATTENTION  Cached images: 1 tag points to an image that is not here any more');
    expect(before.out).toContain('To fix it: tatin doctor --fix (Remove 1 Link)');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    const after = await home.run(['doctor', '--fix']);
    expect(after.err).toContain('Cached images: Remove 1 Link');
    expect(after.out).toContain('ok         Cached images: 0 tags');
    expect(lstatSync(link, { throwIfNoEntry: false })).toBeUndefined();
  });

  it('ends with 1 where a check failed, and tells scripts which', async () => {
    using home = new TatinHome();
    const { exitCode, out } = await home.run(['doctor', '--json'], '', { PATH: '/nowhere' });
    const { checks } = JSON.parse(out) as Diagnosis; // What the command promises; its fields are asserted here.
    expect(checks[0]).toMatchObject({ id: 'hypervisor', state: 'failed' });
    expect(exitCode).toBe(1);
  });

  it('writes a report for developers', async () => {
    using home = new TatinHome();
    const { exitCode, out } = await home.run(['doctor', '--diagnostics']);
    expect(exitCode).toBe(0);
    for (const title of ['# Tatin', '# Checks', '# Machines', '# Log']) expect(out).toContain(title);
    expect(existsSync(home.path)).toBe(true);
  });
});

describe('tatin network', () => {
  it('says how guests see this computer', async () => {
    using home = new TatinHome();
    const { exitCode, out } = await home.run(['network']);
    expect(exitCode).toBe(0);
    expect(out).toContain('Each guest is alone on 10.0.2.0/24, as 10.0.2.15');
    expect(JSON.parse((await home.run(['network', '--json'])).out)).toMatchObject({ kind: 'user' });
  });

  it('changes no subnet where there is none, and says so', async () => {
    using home = new TatinHome();
    const { exitCode, err } = await home.run(['network', 'subnet', '192.168.77.1']);
    expect(exitCode).toBe(1);
    expect(err).toContain('no shared subnet');
  });

  it('tries only what can be tried', async () => {
    using home = new TatinHome();
    expect((await home.run(['network', 'try', 'nobody', '80'])).exitCode).toBe(2);
    expect((await home.run(['network', 'try', 'nobody', '99999'])).err).toContain('from 1 to 65535');
  });
});
