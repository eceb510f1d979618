import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { networkSettingsSchema } from '../../contract/network-settings.ts';
import { fingerprint } from '../../../scripts/build/fingerprint.mjs';
import { withFolderLock } from '../../files/locks.ts';
import { cacheFolder } from '../../host/folders.ts';
import { projectRoot } from '../../host/paths.ts';
import { findProgram } from '../../host/programs.ts';
import { tartFiles, tatinFiles } from '../../library/layout.ts';
import { findFirmware } from '../qemu/firmware.ts';
import { GuestLab, inGuest, waitForSerial } from './guest-lab.ts';

/** One that no test has used for a day belongs to code that has changed since. */
const unusedForMs = 24 * 60 * 60 * 1000;

/** What a suspended VM is made of. Its logs, events and usage are those of another run. */
const parts = [
  tartFiles.config,
  tartFiles.disk,
  tartFiles.nvram,
  tatinFiles.annotations,
  tatinFiles.qemuVariables,
  tatinFiles.qemuSavedState,
];

/** What the guest sees of its network, by which it has its address. */
type GuestNetwork = { readonly mode: 'nat' | 'isolated'; readonly subnet?: string | undefined };

/**
 * Lays down a VM whose demo guest was suspended when it was up and had an address: starting it takes a second where booting
 * takes ten. It is for tests that need a guest and not its boot. The first call of this QEMU, this firmware and this code
 * boots and suspends one, which stays in the cache.
 * @param folder where the VM is to be; must not be there yet
 * @returns the same folder
 */
export async function laySavedGuest(folder: string, network: GuestNetwork = { mode: 'nat' }): Promise<string> {
  const guests = path.join(cacheFolder(), 'test-guests');
  const place = path.join(guests, await keyOf(network));
  const done = path.join(place, 'done');
  await mkdir(place, { recursive: true });
  await withFolderLock(
    place,
    async () => {
      if (!existsSync(done)) await bootAndSuspend(path.join(place, 'home'), network);
      await writeFile(done, '');
    },
    AbortSignal.timeout(300_000),
  );
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = parts.map((name) => path.join(place, 'home/vms/saved', name)).filter((file) => existsSync(file));
  // Keeps holes and times: a guest goes on only with the disk that it knows.
  execFileSync('cp', ['--archive', '--sparse=always', ...files, folder]);
  for (const name of readdirSync(guests)) {
    const used = statSync(path.join(guests, name, 'done'), { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - used > unusedForMs) rmSync(path.join(guests, name), { recursive: true, force: true });
  }
  return folder;
}

/** What a saved guest may depend on, in short. */
async function keyOf(network: GuestNetwork): Promise<string> {
  const files = [await findProgram('qemu-system-x86_64'), (await findFirmware('amd64'))[0]?.code.path].filter(
    (file) => file !== undefined,
  );
  const stamps = files.map((file) => [file, statSync(file).mtimeMs, statSync(file).size]);
  const code = fingerprint(projectRoot(), ['electron/hypervisor', 'electron/demo-guest', 'assets/demo-guest']);
  const all = [network, stamps, code, os.cpus()[0]?.model, existsSync('/dev/kvm')];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 16);
}

async function bootAndSuspend(home: string, network: GuestNetwork): Promise<void> {
  // What was begun and not finished.
  rmSync(home, { recursive: true, force: true });
  await using lab = await GuestLab.open(home);
  const machine = await lab.start(
    await lab.demo('saved', { annotations: { network: networkSettingsSchema.parse(network) } }),
  );
  await waitForSerial(machine, 'demo: up');
  await inGuest(machine, 'until ip -4 addr show scope global | grep -q inet; do sleep 0.1; done');
  await machine.suspend();
}
