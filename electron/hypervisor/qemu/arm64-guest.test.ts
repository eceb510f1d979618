import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { GuestLab, inGuest, waitForSerial } from '../testing/guest-lab.ts';

/** A guest in software on a busy machine answers in its own time. */
const patience = { timeout: 100_000, interval: 200 };

describe('An arm64 guest', () => {
  it('starts by UEFI, shares folders with the host, and shuts down', async () => {
    await using lab = await GuestLab.open();
    const shared = path.join(lab.library.home.path, 'a, b');
    mkdirSync(shared);
    writeFileSync(path.join(shared, 'from-host'), 'hello guest');
    const folder = await lab.demo('arm', { arch: 'arm64', memoryBytes: 512 * 1024 ** 2 });
    const sharedFolders = [
      { name: 'writable', path: shared, readOnly: false },
      { name: 'fixed', path: shared, readOnly: true },
    ];
    const machine = await lab.start(folder, { sharedFolders });
    await waitForSerial(machine, 'demo: up');
    await expect
      .poll(
        () =>
          machine.agent.ping(AbortSignal.timeout(10_000)).then(
            () => true,
            () => false,
          ),
        patience,
      )
      .toBe(true);
    expect(await inGuest(machine, 'uname -m')).toBe('aarch64');
    // The guest mounts them by itself, beside its start: by 9p where no daemon can share them in this way.
    for (const name of ['writable', 'fixed'])
      expect(await inGuest(machine, `while ! cat /mnt/${name}/from-host 2>/dev/null; do sleep 0.2; done`)).toBe(
        'hello guest',
      );
    await inGuest(machine, 'echo hello host > /mnt/writable/from-guest');
    expect(readFileSync(path.join(shared, 'from-guest'), 'utf8')).toBe('hello host\n');
    expect(await inGuest(machine, 'echo no > /mnt/fixed/x 2>&1 || echo refused')).toContain('refused');
    const picture = await machine.picture(320);
    expect(picture?.width).toBe(320);
    await machine.shutDown();
    expect(await machine.ended(AbortSignal.timeout(100_000))).toEqual({ phase: 'stopped' });
  });
});
