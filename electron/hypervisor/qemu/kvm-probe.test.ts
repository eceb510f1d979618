import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { guestsRun, probes } from './kvm-probe.ts';

/** What GNU as makes of a probe's source. */
function assemble(source: string): Buffer {
  const folder = mkdtempSync(path.join(tmpdir(), 'tatin-assemble-'));
  try {
    const [object, binary] = [path.join(folder, 'probe.o'), path.join(folder, 'probe.bin')];
    execFileSync('as', ['--64', '-o', object, path.join(import.meta.dirname, 'probe', source)]);
    execFileSync('objcopy', ['-O', 'binary', '-j', '.text', object, binary]);
    return readFileSync(binary);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const emulated = { accelerator: 'tcg', cpuModel: 'max', limitMs: 20_000 };

describe('The KVM probe', () => {
  // Only an amd64 host's assembler knows the language of the source.
  it.runIf(process.arch === 'x64')('is what its source says', () => {
    expect(probes.amd64.rom.equals(assemble('probe-amd64.s'))).toBe(true);
  });

  it('sees that emulated guests run', async () => {
    expect(await guestsRun('amd64', 'qemu-system-x86_64', emulated)).toBe(true);
    expect(await guestsRun('arm64', 'qemu-system-aarch64', emulated)).toBe(true);
  });

  it('fails with a processor that lacks what it uses', async () => {
    // A 486 has no long mode, and a Cortex-A15 does not know the instructions of 64 bits.
    const brief = { ...emulated, limitMs: 2000 };
    expect(await guestsRun('amd64', 'qemu-system-x86_64', { ...brief, cpuModel: '486' })).toBe(false);
    expect(await guestsRun('arm64', 'qemu-system-aarch64', { ...brief, cpuModel: 'cortex-a15' })).toBe(false);
  });

  it('fails if it is not done in time, cannot start, or meets an accelerator that is none', async () => {
    expect(await guestsRun('amd64', 'qemu-system-x86_64', { ...emulated, limitMs: 1 })).toBe(false);
    expect(await guestsRun('amd64', '/no/such/qemu', emulated)).toBe(false);
    expect(await guestsRun('amd64', 'qemu-system-x86_64', { ...emulated, accelerator: 'nonsense' })).toBe(false);
  });
});
