import type { LeftOut } from '../../contract/imports.ts';
import { isUtmDisk, type UtmConfig } from './utm-config.ts';

const noSuchChoice = 'Machines here have no such choice.';

/** Settings of a UTM bundle that its machine will not have, forwards aside. What UTM has by default is not mentioned. */
export function utmLeftOut(config: UtmConfig): LeftOut[] {
  return [
    ...systemLeftOut(config),
    ...drivesLeftOut(config),
    ...networkLeftOut(config),
    ...devicesLeftOut(config),
    ...sharingLeftOut(config),
  ];
}

/** A row, if the setting is there. */
function when(isThere: boolean | undefined, setting: string, reason: string): LeftOut[] {
  return isThere === true ? [{ setting, reason }] : [];
}

function systemLeftOut({ System, QEMU, Virtualization, Backend }: UtmConfig): LeftOut[] {
  const flags = System.CPUFlagsAdd.length + System.CPUFlagsRemove.length;
  const isOtherCpu = System.CPU !== undefined && System.CPU !== 'default' && System.CPU !== 'host';
  const isOtherTarget = System.Target !== undefined && !/^(virt|q35|pc)/.test(System.Target);
  return [
    ...when(isOtherTarget, `Machine type (${System.Target})`, 'Machines here are “virt” on ARM and “q35” on x86.'),
    ...when(isOtherCpu, `Processor model (${System.CPU})`, 'It gets the processor of this computer, or all of QEMU’s.'),
    ...when(flags > 0, `Processor features (${flags})`, noSuchChoice),
    ...when(
      (QEMU?.AdditionalArguments.length ?? 0) > 0,
      `Arguments for QEMU (${QEMU?.AdditionalArguments.length})`,
      'They could give it any file or device of this computer.',
    ),
    ...when((QEMU?.MachinePropertyOverride ?? '') !== '', 'Properties of the machine type', noSuchChoice),
    ...when(QEMU?.TPMDevice, 'TPM', 'Machines here have none: keys that its system keeps there (BitLocker) are lost.'),
    ...when(QEMU?.RTCLocalTime, 'Clock in local time', 'Machines here keep UTC.'),
    ...when(QEMU?.PS2Controller, 'PS/2 keyboard and mouse', 'They are on USB here.'),
    ...when(QEMU?.TSO, 'Memory order of Intel processors (TSO)', noSuchChoice),
    ...when(
      Virtualization?.Rosetta && Backend === 'Apple',
      'Rosetta',
      'It is given with each start on a Mac: tatin run --rosetta=rosetta.',
    ),
  ];
}

function drivesLeftOut({ Drive }: UtmConfig): LeftOut[] {
  const others = Drive.filter((drive) => !isUtmDisk(drive));
  const discs = others.filter(({ ImageType }) => ImageType === undefined || ImageType === 'CD').length;
  const kernels = others.filter(({ ImageType }) => /^(Linux|BIOS)/.test(ImageType ?? '')).length;
  const external = Drive.filter((drive) => isUtmDisk(drive) && drive.ImageName === undefined).length;
  const nvme = Drive.some((drive) => isUtmDisk(drive) && (drive.Nvme === true || drive.Interface === 'NVMe'));
  const [old] = Drive.filter(isUtmDisk).flatMap(({ Interface }) =>
    Interface !== undefined && /^(IDE|SCSI|USB|Floppy|SD)$/.test(Interface) ? [Interface] : [],
  );
  return [
    ...when(discs > 0, `Removable drives (${discs})`, 'Their discs are outside of the bundle.'),
    ...when(external > 0, `Disks outside of the bundle (${external})`, 'Import them by themselves.'),
    ...when(kernels > 0, `Kernel or firmware of its own (${kernels})`, 'Machines here start what is on their disk.'),
    ...when(nvme, 'NVMe controller', 'Its disk is a virtio disk here.'),
    ...when(
      old !== undefined,
      `${old ?? ''} controller`,
      'Its disk is a virtio disk here, for which Linux has a driver and old systems may not.',
    ),
  ];
}

function networkLeftOut({ Network }: UtmConfig): LeftOut[] {
  const [first, ...others] = Network;
  if (first === undefined) return [{ setting: 'No network card', reason: 'It will have one.' }];
  return [
    ...when(
      !/^(shared|emulated)$/i.test(first.Mode),
      `Network mode (${first.Mode})`,
      'It shares the network of this computer (NAT).',
    ),
    ...when(
      first.IsolateFromHost,
      'Isolation from the host',
      'It reaches this computer’s network like a program of it.',
    ),
    ...when(
      first.Hardware !== undefined && !first.Hardware.startsWith('virtio'),
      `Network card (${first.Hardware})`,
      'It is a virtio card here.',
    ),
    ...when(others.length > 0, `Further network cards (${others.length})`, 'A machine has one here.'),
  ];
}

function devicesLeftOut({ Display, Serial, Sound, Input, Backend }: UtmConfig): LeftOut[] {
  const screen = Display[0]?.Hardware;
  return [
    ...when(
      screen !== undefined && !screen.startsWith('virtio'),
      `Graphics card (${screen})`,
      'It is a virtio one here.',
    ),
    ...when(Display.length > 1, `Further displays (${Display.length - 1})`, 'A machine has one here.'),
    ...when(
      Serial.length > 0,
      `Serial ports (${Serial.length})`,
      'Each machine here has one, shown as its serial console.',
    ),
    ...when(
      Sound.length > 0 && Backend === 'QEMU',
      `Sound card (${Sound[0]?.Hardware ?? 'any'})`,
      'Machines that QEMU runs have none here.',
    ),
    ...when(Input?.UsbSharing, 'USB devices of the host', noSuchChoice),
  ];
}

function sharingLeftOut({ SharedDirectories, Sharing }: UtmConfig): LeftOut[] {
  const mode = Sharing?.DirectoryShareMode;
  const reason = 'Which folders of this computer it sees is for you to say. Share them again after the import.';
  return [
    ...when(SharedDirectories.length > 0, `Shared folders (${SharedDirectories.length})`, reason),
    ...when(SharedDirectories.length === 0 && mode !== undefined && mode !== 'None', `Shared folder (${mode})`, reason),
  ];
}
