import { describe, expect, it } from 'vitest';
import { undefinedSymbols } from './mach-o.mjs';
import { auditSymbols } from './symbols.mjs';

/**
 * A Mach-O object with nothing but a symbol table, laid out by hand from <mach-o/loader.h> and <mach-o/nlist.h>.
 * @param {{ name: string, type?: number, description?: number }[]} symbols
 */
function machO(symbols) {
  const header = Buffer.alloc(32 + 24);
  header.writeUInt32LE(0xfeedfacf, 0);
  header.writeUInt32LE(1, 16);
  header.writeUInt32LE(2, 32);
  header.writeUInt32LE(24, 36);
  header.writeUInt32LE(header.length, 40);
  header.writeUInt32LE(symbols.length, 44);
  header.writeUInt32LE(header.length + symbols.length * 16, 48);
  let strings = '\0';
  const entries = symbols.map(({ name, type = 0x01, description = 0 }) => {
    const entry = Buffer.alloc(16);
    entry.writeUInt32LE(strings.length, 0);
    entry.writeUInt8(type, 4);
    entry.writeUInt16LE(description, 6);
    strings += `${name}\0`;
    return entry;
  });
  return Buffer.concat([header, ...entries, Buffer.from(strings)]);
}

describe('The symbol audit', () => {
  const since = new Map([
    ['VZUSBController', 15],
    ['VZVirtualMachine', 11],
  ]);
  const controller = '_OBJC_CLASS_$_VZUSBController';

  it('reads what an object wants from elsewhere, and how badly', () => {
    const object = machO([
      { name: '_malloc' },
      { name: controller, description: 0x0040 },
      { name: '_main', type: 0x0f },
      { name: '_debug', type: 0x64 },
    ]);
    expect(undefinedSymbols(object)).toEqual([
      { name: '_malloc', weak: false },
      { name: controller, weak: true },
    ]);
  });

  it('refuses what is no 64-bit Mach-O', () => {
    expect(() => undefinedSymbols(Buffer.alloc(64))).toThrow('no 64-bit Mach-O');
  });

  it('finds a class newer than the oldest macOS that is not weak', () => {
    expect(auditSymbols(machO([{ name: controller }]), 'arm64', since)).toEqual([
      'VZUSBController came with macOS 15 and is not weak',
    ]);
    expect(auditSymbols(machO([{ name: controller, description: 0x0040 }]), 'arm64', since)).toEqual([]);
    expect(auditSymbols(machO([{ name: '_OBJC_CLASS_$_VZVirtualMachine' }]), 'arm64', since)).toEqual([]);
  });

  it('finds a function of vmnet that is not weak', () => {
    expect(auditSymbols(machO([{ name: '_vmnet_network_create' }]), 'arm64', since)).toEqual([
      'vmnet_network_create is not weak',
    ]);
  });

  it('finds what Intel Macs lack, in the Intel object only', () => {
    const object = machO([
      { name: '_OBJC_CLASS_$_VZMacOSInstaller' },
      { name: 'saveMachineStateToURL:completionHandler:' },
    ]);
    expect(auditSymbols(object, 'arm64', since)).toEqual([]);
    expect(auditSymbols(object, 'x86_64', since)).toEqual([
      'VZMacOSInstaller is not on Intel Macs',
      'saveMachineStateToURL:completionHandler: is not on Intel Macs',
    ]);
  });
});
