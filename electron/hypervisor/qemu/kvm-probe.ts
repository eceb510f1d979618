import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { GuestArch } from '../../contract/machine.ts';

/** A guest of a few hundred bytes; sources and how to assemble them are in `probe/`. */
interface Probe {
  rom: Buffer;
  machine: string;
  devices: readonly string[];
  /** The exit code of QEMU that only a guest that ran to its end brings about. */
  exitCode: number;
}

const amd64Code =
  '+jHAjtiOwPy/ABC5ABjzq2bHBgAQAyAAAGbHBgAgAzAAAGbHBgAwgwAAAC5mDwEWuABmuCAGAAAPIuBmuAAQAAAPIthmuYAAAMAPMmYNAAEAAA8w' +
  'ZrgDAACADyLAZuplAA8ACABmuBAAjtiOwI7Q2+O4FQkVFWYPbsBmD/7AZg9+w7kALTEB/8l1/InYwegQ/8BmugEF7vTr/Y20AABmkAAAAAAAAAAA' +
  '//8AAACbrwD//wAAAJPPABcAoAAP';
const amd64Start = '6gAAAPA=';
const arm64Code = 'QBA41QAEbLJAEBjV3z8D1QAQbh4AKGAeAQBmngIA6NI/AALrAQEAVAOghVIjJqByYwQAceH//1QAAYBSAICwcgIAANQAAAAU';

/** The amd64 ROM: its code at the start, and the jump to it 16 bytes below the end, where a PC starts. */
function amd64Rom(): Buffer {
  const rom = Buffer.alloc(0x1_0000);
  Buffer.from(amd64Code, 'base64').copy(rom);
  Buffer.from(amd64Start, 'base64').copy(rom, 0xfff0);
  return rom;
}

export const probes: Readonly<Record<GuestArch, Probe>> = {
  amd64: {
    rom: amd64Rom(),
    machine: 'pc',
    devices: ['isa-debug-exit,iobase=0x501,iosize=1'],
    // The device's exit code is twice what is written to it (0x2b), plus one.
    exitCode: 87,
  },
  arm64: { rom: Buffer.from(arm64Code, 'base64'), machine: 'virt', devices: [], exitCode: 0 },
};

/** How long a guest that counts to 20 million may take; software emulation needs a tenth of it. */
const limitMs = 2000;

/**
 * Whether guests really run with an accelerator: starts one that computes, loops and reports. A present `/dev/kvm` says
 * little: some hosts offer one that fails at the first vector instruction or hangs in a loop.
 */
export async function guestsRun(
  arch: GuestArch,
  qemu: string,
  how: { accelerator: string; cpuModel: string; limitMs?: number },
): Promise<boolean> {
  const probe = probes[arch];
  const folder = await mkdtemp(path.join(tmpdir(), 'tatin-probe-'));
  try {
    const rom = path.join(folder, 'probe.rom');
    await writeFile(rom, probe.rom);
    const args = ['-machine', probe.machine, '-accel', how.accelerator, '-cpu', how.cpuModel, '-m', '16', '-bios', rom];
    const fixed = ['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none'];
    const devices = probe.devices.flatMap((device) => ['-device', device]);
    return (await exitCode(qemu, [...fixed, ...args, ...devices], how.limitMs ?? limitMs)) === probe.exitCode;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Undefined if it could not be started, was killed by a signal, or took too long. */
function exitCode(program: string, args: readonly string[], afterMs: number): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const child = spawn(program, args, { stdio: 'ignore' });
  const timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
  child.on('error', () => resolve(undefined));
  child.on('exit', (code) => resolve(code ?? undefined));
  return promise.finally(() => clearTimeout(timer));
}
