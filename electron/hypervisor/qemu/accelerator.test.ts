import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { chooseAccelerator, hostArch, qemuGuests } from './accelerator.ts';
import { findInstallation } from './installation.ts';
import { guestsRun } from './kvm-probe.ts';

const otherArch = hostArch === 'amd64' ? 'arm64' : 'amd64';

async function installed(arch: 'amd64' | 'arm64', cacheFolder: string) {
  const installation = await findInstallation(arch, cacheFolder);
  if (installation === undefined) throw new Error(`QEMU for ${arch} is not installed.`);
  return installation;
}

describe('The accelerator', () => {
  it('is one that guests really run with, and with its processor', async () => {
    using cache = temporaryFolder();
    const installation = await installed(hostArch, cache.path);
    const chosen = await chooseAccelerator(hostArch, installation, cache.path);
    const how = { accelerator: chosen.kind, cpuModel: chosen.cpuModel, limitMs: 60_000 };
    expect(await guestsRun(hostArch, installation.binary, how)).toBe(true);
  });

  it('is emulation without a device, and for the other architecture', async () => {
    using cache = temporaryFolder();
    const installation = await installed(hostArch, cache.path);
    const nothing = path.join(cache.path, 'kvm');
    expect(await chooseAccelerator(hostArch, installation, cache.path, nothing)).toMatchObject({ kind: 'tcg' });
    const other = await installed(otherArch, cache.path);
    expect(await chooseAccelerator(otherArch, other, cache.path)).toMatchObject({ kind: 'tcg' });
  });

  it('is measured once, and again when anything about the host changed', async () => {
    using cache = temporaryFolder();
    const installation = await installed(hostArch, cache.path);
    const device = path.join(cache.path, 'kvm');
    writeFileSync(device, '');
    const first = await chooseAccelerator(hostArch, installation, cache.path, device);
    const file = path.join(cache.path, `kvm-${hostArch}.json`);
    const kept = JSON.parse(readFileSync(file, 'utf8')) as { key: string; fact: boolean };
    expect(kept.fact).toBe(first.kind === 'kvm');
    writeFileSync(file, JSON.stringify({ key: kept.key, fact: !kept.fact }));
    const remembered = await chooseAccelerator(hostArch, installation, cache.path, device);
    expect(remembered.kind).not.toBe(first.kind);
    writeFileSync(file, JSON.stringify({ key: 'another boot', fact: !kept.fact }));
    expect((await chooseAccelerator(hostArch, installation, cache.path, device)).kind).toBe(first.kind);
    writeFileSync(file, '{ broken');
    expect((await chooseAccelerator(hostArch, installation, cache.path, device)).kind).toBe(first.kind);
  });

  it('is told for every guest that this host runs, or why it does not', async () => {
    using cache = temporaryFolder();
    const guests = await qemuGuests(cache.path);
    for (const guest of guests)
      expect((guest.accelerator === undefined) !== (guest.notAvailable === undefined)).toBe(true);
    expect(guests.find(({ os, arch }) => os === 'linux' && arch === hostArch)?.accelerator).toMatch(/KVM|emulation/);
    expect(guests.find(({ os }) => os === 'darwin')?.notAvailable).toMatch(/Mac/);
  });
});
