import type { GuestArch } from '../contract/machine.ts';

/** What to take from a Debian package: globs of paths inside it. */
export interface PackagePart {
  name: string;
  take: readonly string[];
}

/** What differs between processors. */
export interface ArchRecipe {
  /** The package whose dependency is the newest kernel for virtual machines. */
  kernel: string;
  /** Where firmware looks for something to start on a disk that it does not know (UEFI 2.10, 3.5.1.1). */
  bootFile: string;
  bootLoader: string;
  /** The serial line that QEMU's machine has; the last console named is where init's own messages go. */
  consoles: readonly string[];
  /** Of the kernel's command line, beside those for all. */
  kernelOptions: readonly string[];
}

const bootLoaders = 'usr/lib/systemd/boot/efi/systemd-boot';

export const archRecipes: Readonly<Record<GuestArch, ArchRecipe>> = {
  amd64: {
    kernel: 'linux-image-cloud-amd64',
    bootFile: 'BOOTX64.EFI',
    bootLoader: `${bootLoaders}x64.efi`,
    consoles: ['tty1', 'ttyS0,115200'],
    // A virtual timer that ticks late on a busy host is not a broken one, for which the kernel takes it: it would panic.
    kernelOptions: ['no_timer_check'],
  },
  arm64: {
    kernel: 'linux-image-arm64',
    bootFile: 'BOOTAA64.EFI',
    bootLoader: `${bootLoaders}aa64.efi`,
    consoles: ['tty1', 'ttyAMA0,115200'],
    kernelOptions: [],
  },
};

const libraries = ['lib/*/*.so.*', 'usr/lib/*/*.so.*'];

/** Everything of the system that is not ours. Nothing here runs scripts of a package: files are taken and no more. */
export const packageParts: readonly PackagePart[] = [
  { name: 'systemd-boot-efi', take: ['usr/lib/systemd/boot/efi/systemd-boot*.efi'] },
  { name: 'busybox', take: ['bin/busybox'] },
  // Needs no libraries, so it serves the initramfs, and it alone has su and passwd.
  { name: 'busybox-static', take: [] },
  { name: 'dropbear-bin', take: ['usr/sbin/dropbear', 'usr/bin/dropbearkey'] },
  { name: 'qemu-guest-agent', take: ['usr/sbin/qemu-ga'] },
  { name: 'fdisk', take: ['sbin/sfdisk'] },
  { name: 'util-linux', take: ['usr/bin/partx'] },
  { name: 'e2fsprogs', take: ['sbin/resize2fs'] },
  { name: 'libc6', take: ['lib/*/ld-linux*', 'lib64/ld-linux*', 'lib/ld-linux*', 'lib/*/*.so.*'] },
  ...[
    'libblkid1',
    'libcom-err2',
    'libcrypt1',
    'libext2fs2',
    'libfdisk1',
    'libglib2.0-0',
    'libgmp10',
    'libnuma1',
    'libpcre2-8-0',
    'libreadline8',
    'libsmartcols1',
    'libtinfo6',
    'libtomcrypt1',
    'libtommath1',
    'libudev1',
    'liburing2',
    'libuuid1',
    'zlib1g',
  ].map((name) => ({ name, take: libraries })),
];

/** Modules without which the root disk can't be found; a kernel may have some of them built in. */
export const bootModules: readonly string[] = [
  'virtio_pci',
  'virtio_mmio',
  'virtio_blk',
  'crc32c_generic',
  'crc32c_intel',
  'ext4',
];

/** Modules in the root file system, as far as the kernel has them; those for present devices are loaded at start. */
export const rootModules: readonly string[] = [
  ...['virtio_net', 'virtio_console', 'virtio-rng', 'virtio_balloon', 'virtio_input', 'virtio-gpu', 'virtio_scsi'],
  ...['virtiofs', '9pnet_virtio', '9p', 'vmw_vsock_virtio_transport', 'qemu_fw_cfg'],
  ...['evdev', 'mousedev', 'button', 'gpio_keys', 'gpio-pl061', 'psmouse', 'usbhid', 'xhci-pci', 'usb-storage'],
  ...['nvme', 'sd_mod', 'sr_mod', 'isofs', 'vfat', 'nls_cp437', 'nls_ascii', 'nls_iso8859-1', 'loop', 'overlay'],
  ...['squashfs', 'tun', 'efivarfs', 'rtc-efi', 'rtc-pl031', 'rtc-cmos', 'e1000'],
];

/** Set on paths of the root file system, as `debugfs` takes it: file type and permissions in octal. */
export const specialModes: Readonly<Record<string, string>> = {
  '/etc/shadow': '0100640',
  '/usr/bin/busybox.static': '0104755',
  '/root': '040700',
  '/home/admin': '040755',
};

/** Applets that must come from the static BusyBox: the other one lacks them, and these need its set-user-id bit. */
export const staticApplets: readonly string[] = ['su', 'passwd'];

/** Who owns what is not root's. */
export const adminPaths: readonly string[] = ['/home/admin'];
export const adminId = 1000;

/** The label by which the initramfs and `grow-root` find the root file system. */
export const rootLabel = 'tatin-demo';

/** Sizes of the disk, in MiB. The root file system is last, so that it can grow; all of it is sparse. */
export const diskLayout = { espStartMib: 1, espMib: 64, rootMib: 446, endMib: 1 } as const;
