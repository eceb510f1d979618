import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { memoryText } from '../../contract/words/sizes.ts';
import type { GuestOs } from '../../contract/machine.ts';
import type { VmConfig } from '../../library/config.ts';
import { tartFiles } from '../../library/layout.ts';
import type { VzDisplay, VzDocument, VzFacts, VzPlatform } from './document.ts';
import { planNetworks } from './plan-networks.ts';
import { planVzShares } from './plan-shares.ts';
import { planStorage } from './plan-storage.ts';
import type { VzPlan, VzPlannedSerialPort, VzVm } from './planned.ts';
import type { VzRunOptions } from './run-options.ts';

const mebibyte = 1024 ** 2;

/**
 * The Tart whose behaviour is followed. Its agent in a guest looks for a port named after it and ends without one.
 */
export const tartVersionPort = 'tart-version-2.35.0';

/**
 * Config, sidecar and run options as a machine of Virtualization.framework. Pure: looks at no file.
 * @throws AppError `wrong-architecture`, `not-supported`, `not-enough-memory`, `invalid-input`, `vm-unreadable`
 */
export function buildVzPlan(vm: VzVm, options: VzRunOptions, facts: VzFacts): VzPlan {
  const { config, folder } = vm;
  checkGuest(vm, options, facts);
  const suspendable = isSuspendable(vm, options, facts);
  const isMac = config.os === 'darwin';
  const nvram = path.join(folder, tartFiles.nvram);
  return {
    label: label(path.basename(folder)),
    cpuCount: checkedCpus(config, facts),
    memoryBytes: checkedMemory(config, facts),
    platform: isMac
      ? macPlatform(config, nvram)
      : { kind: 'generic', machineIdentifier: null, nested: wantsNested(vm, options) },
    boot: isMac ? { kind: 'mac' } : { kind: 'efi', variableStore: nvram },
    storage: planStorage(vm, options, facts),
    ...planNetworks(vm, options, facts),
    display: display(config),
    ...input(config.os, options, facts, suspendable),
    audio: audio(options, suspendable),
    consoles: [
      ...((options.clipboard ?? true) ? [{ kind: 'clipboard' } as const] : []),
      { kind: 'named', name: tartVersionPort },
    ],
    serialPorts: serialPorts(options),
    shares: planVzShares(vm, options, facts),
    socket: true,
    entropy: !(isMac && suspendable),
    // Neither is among what can be saved.
    balloon: !isMac,
    usbController: !suspendable && facts.macOS.major >= 15,
    start: { recovery: options.recovery ?? false, provisioning: options.provisioning ?? null },
    suspendable,
    displayRefit: config.displayRefit ?? isMac,
  };
}

/**
 * Keyboards and pointers. macOS guests get the Mac's own and, as those before macOS 13 do not know them, the USB ones;
 * what can be saved are the Mac's own alone.
 */
function input(
  os: GuestOs,
  options: VzRunOptions,
  facts: VzFacts,
  suspendable: boolean,
): Pick<VzDocument, 'keyboards' | 'pointers'> {
  if (suspendable) return { keyboards: ['mac'], pointers: ['trackpad'] };
  const hasKeyboard = options.keyboard ?? true;
  const hasPointer = options.pointer ?? true;
  if (os === 'linux') return { keyboards: hasKeyboard ? ['usb'] : [], pointers: hasPointer ? ['usb'] : [] };
  // The Mac's keyboard came with macOS 14 of the host, its trackpad with macOS 13, the oldest that Tatin runs on.
  const keyboards: VzDocument['keyboards'] = facts.macOS.major >= 14 ? ['usb', 'mac'] : ['usb'];
  const pointers: VzDocument['pointers'] = (options.trackpad ?? true) ? ['usb', 'trackpad'] : ['usb'];
  return { keyboards: hasKeyboard ? keyboards : [], pointers: hasPointer ? pointers : [] };
}

function wantsNested({ annotations }: VzVm, options: VzRunOptions): boolean {
  return options.nested ?? annotations.nested;
}

function checkGuest(vm: VzVm, options: VzRunOptions, facts: VzFacts): void {
  const { config } = vm;
  const nested = wantsNested(vm, options);
  const isMac = config.os === 'darwin';
  const own = facts.macGuests ? 'arm64' : 'amd64';
  if (config.arch !== own)
    throw new AppError('wrong-architecture', `The guest is for ${config.arch}, and this Mac is ${own}.`, {
      hint: 'Virtualization.framework runs guests for the same processor only.',
    });
  if (isMac && !facts.macGuests)
    throw new AppError('wrong-architecture', 'macOS guests need a Mac with Apple silicon.');
  if (nested && isMac)
    throw new AppError('not-supported', 'A macOS guest can’t run guests itself.', { hint: 'Only Linux guests can.' });
  if (nested && !facts.nested)
    throw new AppError('not-supported', "This Mac can't run guests inside guests.", {
      hint: 'It needs an M3 or newer, and macOS 15.',
    });
  for (const [asked, what] of macOnly(options))
    if (asked && !isMac) throw new AppError('not-supported', `Only macOS guests ${what}.`);
  if (options.provisioning !== undefined && !facts.provisioning)
    throw new AppError('not-supported', "Setting up the guest's first account needs macOS 27 or newer on this Mac.");
}

function macOnly(options: VzRunOptions): [boolean, string][] {
  return [
    [options.recovery === true, 'have a recoveryOS'],
    [options.suspendable === true, 'can be suspended'],
    [options.provisioning !== undefined, 'can have their first account set up'],
    [options.trackpad === false, 'have a trackpad'],
  ];
}

/** A saved state wants the devices that it was saved with, so a suspended machine is suspendable again. */
function isSuspendable({ config, suspended }: VzVm, options: VzRunOptions, facts: VzFacts): boolean {
  if (config.os !== 'darwin') return false;
  const against = againstSuspending(options);
  const asked = options.suspendable === true || suspended;
  if (asked && !facts.savesState)
    throw new AppError('not-supported', 'Suspending a machine needs macOS 14 or newer on this Mac.');
  if (asked && against !== undefined)
    throw new AppError('invalid-input', `A machine that can be suspended can't be started ${against}.`, {
      hint: suspended ? 'Start it as it was, or stop it first, which discards its saved state.' : undefined,
    });
  return asked || (options.suspendable === undefined && facts.savesState && against === undefined);
}

function againstSuspending(options: VzRunOptions): string | undefined {
  if (options.keyboard === false) return 'without a keyboard';
  if (options.pointer === false) return 'without a pointer';
  if (options.trackpad === false) return 'without a trackpad';
  if (options.recovery === true) return 'into recoveryOS';
  return undefined;
}

function macPlatform({ hardwareModel, ecid }: VmConfig, auxiliaryStorage: string): VzPlatform {
  // The parser of config.json lets no macOS VM through without them.
  if (hardwareModel === undefined || ecid === undefined)
    throw new AppError('vm-unreadable', 'config.json of the macOS machine names no hardware model or no identifier.');
  return { kind: 'mac', hardwareModel, machineIdentifier: ecid, auxiliaryStorage };
}

function checkedCpus({ os, cpuCount, cpuCountMin }: VmConfig, { cpuCount: limits }: VzFacts): number {
  const min = Math.max(limits.min, os === 'darwin' ? cpuCountMin : 1);
  if (cpuCount >= min && cpuCount <= limits.max) return cpuCount;
  const problem =
    cpuCount < min ? `fewer than the guest needs (${min})` : `more than a guest can have here (${limits.max})`;
  throw new AppError('invalid-input', `${cpuCount} CPUs are ${problem}.`, { hint: 'Set another number of CPUs.' });
}

function checkedMemory({ os, memorySize, memorySizeMin }: VmConfig, { memoryBytes: limits }: VzFacts): number {
  // The framework takes whole MiB only.
  const whole = Math.floor(memorySize / mebibyte) * mebibyte;
  const min = Math.max(limits.min, os === 'darwin' ? memorySizeMin : 0);
  if (whole < min)
    throw new AppError(
      'invalid-input',
      `${memoryText(whole)} of memory are less than the guest needs (${memoryText(min)}).`,
      {
        hint: 'Give it more memory.',
      },
    );
  if (whole <= limits.max) return whole;
  throw new AppError(
    'not-enough-memory',
    `The guest wants ${memoryText(whole)} of memory, and can have ${memoryText(limits.max)} on this Mac.`,
    {
      hint: 'Give it less memory.',
    },
  );
}

/** Points are a Mac's default, pixels a PC's; without a screen to measure by, a Mac display has 72 pixels an inch. */
function display({ os, display: { width, height, unit } }: VmConfig): VzDisplay {
  if (os === 'linux') return { kind: 'virtio', width, height };
  return { kind: 'mac', width, height, unit: unit === 'px' ? 'pixels' : 'points', pixelsPerInch: 72 };
}

function audio(options: VzRunOptions, suspendable: boolean): VzDocument['audio'] {
  return suspendable || options.audio === false
    ? { input: 'none', output: 'silent' }
    : { input: 'host', output: 'host' };
}

/** Tatin's own console comes first, so that it is the guest's hvc0. */
function serialPorts({ serial }: VzRunOptions): VzPlannedSerialPort[] {
  const console: VzPlannedSerialPort = { kind: 'console' };
  if (serial === undefined) return [console];
  return [console, serial === 'terminal' ? { kind: 'terminal' } : { kind: 'device', path: serial.path }];
}

/** The framework takes at most 64 characters. */
function label(name: string): string {
  return Array.from(name).slice(0, 64).join('');
}
