import { expect, test } from '@playwright/test';
import { startRegistry } from '../electron/registry/client/testing/registry.ts';
import { destroyWorld, makeWorld, tatin } from './app.ts';

/** With nothing but `bin/tatin`, as it is built: a guest goes through a registry to another home, and runs there. */
test('a guest that was pushed is pulled elsewhere, verified, and runs', async () => {
  await using registry = await startRegistry();
  const [maker, user] = [await makeWorld(), await makeWorld()];
  try {
    const image = `${registry.host}/demo/linux:1`;
    await tatin(maker, ['create', 'demo', '--demo']);
    await tatin(maker, ['push', 'demo', image, '--insecure', '--label', 'org.opencontainers.image.title=Demo']);
    await tatin(user, ['pull', image, '--insecure']);
    expect(await tatin(user, ['doctor', 'cache'])).toMatch(/^whole: .*\/demo\/linux@sha256:[0-9a-f]{64} \(1\)\n$/);
    await tatin(user, ['clone', image, 'mine']);
    await tatin(user, ['run', '--detach', 'mine']);
    await tatin(user, ['serial', 'mine', '--until', 'demo: up']);
    expect(await tatin(user, ['exec', 'mine', 'uname', '-s'])).toBe('Linux\n');
    // A guest that runs is in nobody's way: the image can go, and the guest stays.
    await tatin(user, ['prune', '--space-budget', '0']);
    expect(await tatin(user, ['list', '--quiet'])).toBe('mine\n');
    expect(await tatin(user, ['exec', 'mine', 'uname', '-s'])).toBe('Linux\n');
  } finally {
    await destroyWorld(user);
    await destroyWorld(maker);
  }
});
