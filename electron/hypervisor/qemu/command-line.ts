import { createHash } from 'node:crypto';
import type { PortForward } from '../../contract/machine.ts';
import { guestNetworkOf } from '../../network/guest-subnet.ts';
import type { Plan, PlannedDisk } from './plan.ts';
import type { QemuSetup } from './setup.ts';

/** The sockets in QEMU's working folder, by the names that both ends use. */
export const sockets = {
  qmp: 'qmp.sock',
  serial: 'serial.sock',
  agent: 'agent.sock',
  vnc: 'vnc.sock',
  incoming: 'incoming.sock',
  network: 'network.sock',
  /** A second QMP monitor, for developers. */
  monitor: 'monitor.sock',
} as const;

/** What the network of a guest, and its first card, are called in QEMU. */
export const networkId = 'network';

/** A text inside one of QEMU's comma-separated options. */
export function escapeComma(text: string): string {
  return text.replaceAll(',', ',,');
}

/**
 * The arguments that make QEMU run a plan. Sockets are relative to its working folder. QEMU connects to those of QMP,
 * serial port and agent, so that its starter listens there first and misses nothing; it serves `vnc.sock`.
 * Order and names of devices are part of a saved state: a change here needs a thought about older ones.
 */
export function commandLine(plan: Plan, setup: QemuSetup): string[] {
  return [
    ...machineArguments(plan, setup),
    ...firmwareArguments(setup),
    ...channelArguments(),
    ...plan.disks.flatMap((disk, index) => diskArguments(disk, index, plan)),
    ...networkArguments(plan, setup),
    ...shareArguments(plan, setup),
    ...inputArguments(plan),
    ...device(`virtio-rng-pci,id=random`),
    ...device(`${plan.arch === 'arm64' ? 'virtio-gpu-pci' : 'virtio-vga'},id=screen,${size(plan)}`),
    ...['-vnc', `unix:${sockets.vnc},share=force-shared`],
    ...(setup.incoming ? ['-S', '-incoming', 'defer'] : []),
  ];
}

function machineArguments(plan: Plan, setup: QemuSetup): string[] {
  const { accelerator } = setup;
  // Without SMM a start is shorter, and firmware with Secure Boot is not used; the VMware port and HPET only cost time.
  const amd64 = ['smm=off', 'vmport=off', 'hpet=off'];
  const arm64 = [`gic-version=${accelerator.kind === 'kvm' ? 'host' : '3'}`];
  if (plan.arch === 'arm64' && plan.nested && accelerator.kind === 'tcg') arm64.push('virtualization=on');
  const shared = setup.shares.some(({ by }) => by === 'virtiofs');
  const machine = [
    setup.machineType,
    ...(plan.arch === 'arm64' ? arm64 : amd64),
    'pflash0=firmware-code',
    'pflash1=firmware-variables',
    ...(shared ? ['memory-backend=memory'] : []),
  ];
  return [
    ...['-name', `guest=${escapeComma(plan.name)}`],
    ...['-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-machine', machine.join(',')],
    ...['-accel', accelerator.kind],
    ...['-cpu', accelerator.cpuModel],
    ...['-smp', String(plan.cpuCount)],
    ...['-m', `${plan.memoryBytes / 1024 ** 2}M`],
    // Daemons of virtiofs read the guest's memory, so it must be a file that both map.
    ...(shared ? ['-object', `memory-backend-memfd,id=memory,size=${plan.memoryBytes},share=on`] : []),
    ...['-uuid', machineUuid(plan)],
    ...['-rtc', 'base=utc'],
    ...(setup.sandbox ? ['-sandbox', sandbox(setup)] : []),
  ];
}

/** The helper that joins a bridge is a program of the administrator's that QEMU starts, so there it may. */
function sandbox({ network }: QemuSetup): string {
  const programs = network.by === 'bridge' ? '' : ',elevateprivileges=deny,spawn=deny';
  return `on,obsolete=deny,resourcecontrol=deny${programs}`;
}

function firmwareArguments({ flash }: QemuSetup): string[] {
  return [
    ...blockdev({ node: 'firmware-code', format: flash.code.format, path: flash.code.path, readOnly: true }),
    ...blockdev({ node: 'firmware-variables', format: flash.variables.format, path: flash.variables.path }),
  ];
}

function channelArguments(): string[] {
  const client = (id: string, socket: string) => ['-chardev', `socket,id=${id},path=${socket},server=off`];
  return [
    ...client('qmp', sockets.qmp),
    ...['-mon', 'chardev=qmp,mode=control'],
    ...client('serial', sockets.serial),
    ...['-serial', 'chardev:serial'],
    ...device('virtio-serial-pci,id=ports'),
    ...client('agent', sockets.agent),
    ...device('virtserialport,bus=ports.0,nr=1,chardev=agent,id=agent-port,name=org.qemu.guest_agent.0'),
  ];
}

interface Block {
  node: string;
  format: 'raw' | 'qcow2';
  path: string;
  readOnly?: boolean;
  more?: Record<string, unknown>;
  file?: Record<string, unknown>;
}

/** JSON, so that no character of a path means anything. */
function blockdev({ node, format, path, readOnly = false, more = {}, file = {} }: Block): string[] {
  const options = {
    driver: format,
    'node-name': node,
    'read-only': readOnly,
    ...more,
    file: { driver: isDevice(path) ? 'host_device' : 'file', filename: path, 'read-only': readOnly, ...file },
  };
  return ['-blockdev', JSON.stringify(options)];
}

/** A device of the host, by where they are; what is kept in shared memory is a file. */
function isDevice(place: string): boolean {
  return place.startsWith('/dev/') && !place.startsWith('/dev/shm/');
}

function diskArguments(disk: PlannedDisk, index: number, plan: Plan): string[] {
  const node = `disk${index}`;
  const cache = { cache: { direct: disk.caching === 'uncached', 'no-flush': disk.sync === 'none' } };
  const host = blockdev({
    node,
    format: 'raw',
    path: disk.path,
    readOnly: disk.readOnly,
    more: { ...cache, ...(disk.readOnly ? {} : { discard: 'unmap' }) },
    file: { ...cache, ...(disk.readOnly ? {} : { discard: 'unmap' }) },
  });
  // The VM's own disk comes first; an empty one falls through to a disc.
  const order = `bootindex=${index + 1}`;
  if (disk.kind === 'disc') return [...host, ...discDevice(node, index, order, plan)];
  return [...host, ...device(`virtio-blk-pci,id=${node}-device,drive=${node},${order},werror=stop,rerror=stop`)];
}

/** A drive that every installer knows: SATA in a PC, SCSI on arm64, whose machine has no SATA. */
function discDevice(node: string, index: number, order: string, plan: Plan): string[] {
  const drive = `id=${node}-device,drive=${node},${order}`;
  if (plan.arch === 'arm64')
    return [...device(`virtio-scsi-pci,id=scsi${index}`), ...device(`scsi-cd,bus=scsi${index}.0,${drive}`)];
  // The PC has six SATA ports of its own; further discs get controllers of theirs.
  const disc = plan.disks.slice(0, index).filter(({ kind }) => kind === 'disc').length;
  if (disc < 6) return device(`ide-cd,bus=ide.${disc},${drive}`);
  return [...device(`ahci,id=sata${index}`), ...device(`ide-cd,bus=sata${index}.0,${drive}`)];
}

function networkArguments({ network }: Plan, setup: QemuSetup): string[] {
  if (network.kind === 'none' || setup.network.by === 'none') return [];
  if (network.kind === 'bridged')
    return network.cards.flatMap(({ macAddress, bridge }, index) => [
      ...['-netdev', bridgeBackend(cardId(index), bridge, setup)],
      ...networkCard(index, macAddress),
    ]);
  const card = networkCard(0, network.macAddress);
  if (setup.network.by === 'passt')
    return ['-netdev', `stream,id=${networkId},server=on,addr.type=unix,addr.path=${sockets.network}`, ...card];
  const { subnet, gateway, nameServer, address } = guestNetworkOf(network.subnet);
  // Without the restriction a guest would reach this computer's loopback by it, whatever the plan says.
  const user = [
    `user,id=${networkId},ipv6=off,restrict=on`,
    `net=${subnet},host=${gateway},dns=${nameServer},dhcpstart=${address}`,
    ...network.forwards.map((forward) => `hostfwd=${hostForward(forward)}`),
  ];
  return ['-netdev', user.join(','), ...card];
}

function bridgeBackend(id: string, bridge: string, { network }: QemuSetup): string {
  const helper = network.by === 'bridge' ? `,helper=${escapeComma(network.helper)}` : '';
  return `bridge,id=${id},br=${escapeComma(bridge)}${helper}`;
}

const cardId = (index: number): string => (index === 0 ? networkId : `${networkId}${index}`);

/** Without its ROM the card can't start a guest from the network, which would only delay every other start. */
function networkCard(index: number, macAddress: string): string[] {
  const id = index === 0 ? 'network-device' : `network-device${index}`;
  return device(`virtio-net-pci,id=${id},netdev=${cardId(index)},mac=${macAddress},romfile=`);
}

/** A forward as QEMU's own network takes it, on the command line and while it runs. */
export function hostForward(forward: PortForward): string {
  return `${hostEnd(forward)}-:${forward.guestPort}`;
}

/** The host's end of it, by which it is taken away. */
export function hostEnd({ protocol, hostAddress, hostPort }: PortForward): string {
  return `${protocol}:${hostAddress}:${hostPort}`;
}

function shareArguments(plan: Plan, { shares }: QemuSetup): string[] {
  // A virtiofs device does not tell its tag to programs of the guest; the demo guest reads here what it may mount.
  const tags = escapeComma(plan.shares.map(({ tag }) => tag).join('\n'));
  const names = plan.shares.length === 0 ? [] : ['-fw_cfg', `name=opt/tatin/shares,string=${tags}`];
  const devices = plan.shares.flatMap((share, index) => {
    const made = shares[index];
    const tag = escapeComma(share.tag);
    if (made?.by === 'virtiofs')
      return [
        ...['-chardev', `socket,id=share${index},path=${escapeComma(made.socket)}`],
        ...device(`vhost-user-fs-pci,id=share${index}-device,chardev=share${index},tag=${tag}`),
      ];
    const mode = `security_model=mapped-xattr,readonly=${share.readOnly ? 'on' : 'off'},multidevs=remap`;
    return [
      ...['-fsdev', `local,id=share${index},path=${escapeComma(share.path)},${mode}`],
      ...device(`virtio-9p-pci,id=share${index}-device,fsdev=share${index},mount_tag=${tag}`),
    ];
  });
  return [...names, ...devices];
}

/**
 * Cloud kernels know no USB, so keyboard and tablet are virtio's. Until a guest has a driver for those, firmware and
 * boot menus hear the PC's own keyboard; an arm64 machine has none and gets one on USB.
 */
function inputArguments(plan: Plan): string[] {
  const usb = plan.arch === 'arm64' && plan.keyboard;
  return [
    ...(usb ? [...device('qemu-xhci,id=usb'), ...device('usb-kbd,id=usb-keyboard,bus=usb.0')] : []),
    ...(plan.keyboard ? device('virtio-keyboard-pci,id=keyboard') : []),
    ...(plan.pointer ? device('virtio-tablet-pci,id=pointer') : []),
  ];
}

function size({ display }: Plan): string {
  return `xres=${display.width},yres=${display.height}`;
}

function device(text: string): string[] {
  return ['-device', text];
}

/**
 * The same machine has the same UUID at every start, since guests take their identity from it; another one has another.
 * The MAC address is what tells VMs of a home apart; one without network goes by its name.
 */
function machineUuid(plan: Plan): string {
  const identity = plan.network.kind === 'none' ? plan.name : plan.network.macAddress;
  const hash = createHash('sha256').update(`tatin machine ${identity}`).digest();
  // Version 8 of RFC 9562: made by a rule of our own.
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x80, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
