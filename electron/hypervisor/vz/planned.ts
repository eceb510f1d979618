import type { Annotations, PortForward } from '../../contract/machine.ts';
import type { VmConfig } from '../../library/config.ts';
import type { VzDocument, VzNetworkAttachment, VzStart, VzStorageAttachment } from './document.ts';
import type { SoftnetChoice } from './run-options.ts';

/** A disk as the plan has it: a block device by its path, which is opened just before the start. */
export type VzPlannedAttachment =
  | Exclude<VzStorageAttachment, { kind: 'block' }>
  | (Omit<Extract<VzStorageAttachment, { kind: 'block' }>, 'descriptor'> & { readonly path: string });

export interface VzPlannedDisk {
  readonly device: 'virtio' | 'usb';
  readonly identifier: string | null;
  readonly attachment: VzPlannedAttachment;
}

/** The port that Tatin's serial console shows, or one for another program. */
export type VzPlannedSerialPort =
  { readonly kind: 'console' } | { readonly kind: 'terminal' } | { readonly kind: 'device'; readonly path: string };

/** What a machine is made of, before anything is opened: {@link VzDocument} with paths in place of descriptors. */
export interface VzPlan extends Omit<VzDocument, 'storage' | 'networks' | 'serialPorts'> {
  readonly storage: readonly [VzPlannedDisk, ...VzPlannedDisk[]];
  readonly networks: readonly VzPlannedNetwork[];
  readonly serialPorts: readonly VzPlannedSerialPort[];
  readonly start: VzStart;
  /** Port forwards that macOS does not carry itself. */
  readonly proxied: readonly PortForward[];
  /** Whether its state can be saved, as far as the devices say; the framework has the last word. */
  readonly suspendable: boolean;
  /** Whether the display takes the size of the window: `displayRefit`, by default only in macOS guests. */
  readonly displayRefit: boolean;
}

export interface VzVm {
  /** Absolute. */
  readonly folder: string;
  readonly config: VmConfig;
  readonly annotations: Annotations;
  /** There is a saved state, which wants the devices that it was saved with. */
  readonly suspended: boolean;
}

export interface VzPlannedNetwork {
  readonly macAddress: string;
  readonly attachment:
    Exclude<VzNetworkAttachment, { kind: 'descriptor' }> | ({ readonly kind: 'softnet' } & SoftnetChoice);
}
