import { z } from 'zod';

/**
 * A machine of Virtualization.framework as `native/vz` builds it. Everything is said: what is absent here is absent in
 * the guest. `native/vz/configuration.mm` reads it; descriptors are duplicated there, so their maker closes them.
 */
export interface VzDocument {
  /** At most 64 characters, for system services from macOS 27 on. */
  readonly label: string;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly platform: VzPlatform;
  readonly boot: VzBoot;
  /** The first is started from. */
  readonly storage: readonly VzStorageDevice[];
  readonly networks: readonly { readonly macAddress: string; readonly attachment: VzNetworkAttachment }[];
  readonly display: VzDisplay | null;
  readonly keyboards: readonly ('usb' | 'mac')[];
  readonly pointers: readonly ('usb' | 'trackpad')[];
  /** A `silent` output is there for the guest and goes nowhere. */
  readonly audio: { readonly input: 'host' | 'none'; readonly output: 'host' | 'silent' | 'none' };
  readonly consoles: readonly ({ readonly kind: 'clipboard' } | { readonly kind: 'named'; readonly name: string })[];
  readonly serialPorts: readonly VzSerialPort[];
  readonly shares: readonly { readonly tag: string; readonly share: VzShare }[];
  readonly socket: boolean;
  readonly entropy: boolean;
  readonly balloon: boolean;
  readonly usbController: boolean;
}

export type VzPlatform =
  | {
      readonly kind: 'mac';
      /** Base64, as in config.json. */
      readonly hardwareModel: string;
      readonly machineIdentifier: string;
      /** Absolute path. */
      readonly auxiliaryStorage: string;
    }
  | { readonly kind: 'generic'; readonly machineIdentifier: string | null; readonly nested: boolean };

/** Paths are absolute. */
type VzBoot = { readonly kind: 'mac' } | { readonly kind: 'efi'; readonly variableStore: string };

export interface VzStorageDevice {
  readonly device: 'virtio' | 'usb';
  readonly identifier: string | null;
  readonly attachment: VzStorageAttachment;
}

export type VzStorageAttachment =
  | {
      readonly kind: 'image';
      readonly path: string;
      readonly readOnly: boolean;
      readonly caching: 'automatic' | 'cached' | 'uncached';
      readonly synchronization: 'full' | 'fsync' | 'none';
    }
  | {
      readonly kind: 'block';
      readonly descriptor: number;
      readonly readOnly: boolean;
      readonly synchronization: 'full' | 'none';
    }
  | {
      readonly kind: 'nbd';
      readonly url: string;
      readonly timeoutSeconds: number;
      readonly readOnly: boolean;
      readonly synchronization: 'full' | 'none';
    };

export type VzNetworkAttachment =
  | { readonly kind: 'nat' }
  | { readonly kind: 'bridged'; readonly interface: string }
  | { readonly kind: 'descriptor'; readonly descriptor: number; readonly maximumTransmissionUnit: number }
  | VzVmnet;

/** A network of the machine's own, from macOS 26 on. */
export interface VzVmnet {
  readonly kind: 'vmnet';
  readonly mode: 'shared' | 'host';
  readonly subnet: { readonly address: string; readonly mask: string } | null;
  /** The address that the network's DHCP server keeps for a guest; forwards need to know it. */
  readonly reservation: { readonly macAddress: string; readonly address: string } | null;
  readonly forwards: readonly {
    readonly protocol: 'tcp' | 'udp';
    readonly hostPort: number;
    readonly guestPort: number;
    readonly guestAddress: string;
  }[];
}

/** `points` are those of the Mac's main screen; without one they count as pixels. */
export type VzDisplay =
  | {
      readonly kind: 'mac';
      readonly width: number;
      readonly height: number;
      readonly unit: 'points' | 'pixels';
      readonly pixelsPerInch: number;
    }
  | { readonly kind: 'virtio'; readonly width: number; readonly height: number };

export type VzSerialPort =
  | { readonly kind: 'descriptors'; readonly reading: number; readonly writing: number }
  | { readonly kind: 'file'; readonly path: string; readonly append: boolean };

export interface VzFolder {
  readonly path: string;
  readonly readOnly: boolean;
}
export type VzShare =
  | ({ readonly kind: 'single' } & VzFolder)
  | { readonly kind: 'multiple'; readonly folders: readonly ({ readonly name: string } & VzFolder)[] }
  | { readonly kind: 'rosetta' };

/** How a machine is started. */
export interface VzStart {
  /** Into recoveryOS. */
  readonly recovery: boolean;
  readonly provisioning: VzProvisioning | null;
}

/** The first account of a new macOS guest, from macOS 27 on both sides, before its first start. */
export interface VzProvisioning {
  readonly fullName: string;
  readonly username: string;
  readonly password: string;
  readonly logsInAutomatically: boolean;
  readonly enablesRemoteLogin: boolean;
}

/** Where and how a machine is shown: points from the top left of the window's content. */
export interface VzView {
  readonly title: string;
  readonly frame: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** Command-Tab and the like go to the guest while it has the keyboard. */
  readonly capturesSystemKeys: boolean;
  /** The guest's display takes the view's size, from macOS 14 on. */
  readonly reconfiguresDisplay: boolean;
}

const limitsSchema = z.object({ min: z.number().int(), max: z.number().int() });

/** What `hostFacts` tells of this Mac and this process. */
export const vzFactsSchema = z.object({
  macOS: z.object({ major: z.number().int(), minor: z.number().int() }),
  /** The processor can run machines at all. */
  supported: z.boolean(),
  /** This process is signed with `com.apple.security.virtualization`. */
  entitled: z.boolean(),
  macGuests: z.boolean(),
  cpuCount: limitsSchema,
  memoryBytes: limitsSchema,
  rosetta: z.enum(['installed', 'notInstalled', 'notSupported']),
  nested: z.boolean(),
  savesState: z.boolean(),
  ownSubnets: z.boolean(),
  provisioning: z.boolean(),
  /** Empty without `com.apple.vm.networking`. */
  bridgedInterfaces: z.array(z.object({ identifier: z.string(), name: z.string() })),
});
export type VzFacts = z.infer<typeof vzFactsSchema>;

/** An error as the addon tells it: NSError's fields, or `TatinVz` for its own. */
export interface VzErrorFacts {
  readonly message: string;
  readonly domain: string;
  readonly code: number;
  readonly failure?: string | undefined;
  readonly reason?: string | undefined;
  readonly suggestion?: string | undefined;
  readonly underlying?: VzErrorFacts | undefined;
}
export const vzErrorSchema: z.ZodType<VzErrorFacts> = z.lazy(() =>
  z.object({
    message: z.string(),
    domain: z.string(),
    code: z.number(),
    failure: z.string().optional(),
    reason: z.string().optional(),
    suggestion: z.string().optional(),
    underlying: vzErrorSchema.optional(),
  }),
);

const nativeStateSchema = z.enum([
  'stopped',
  'running',
  'paused',
  'error',
  'starting',
  'pausing',
  'resuming',
  'stopping',
  'saving',
  'restoring',
  'unknown',
]);
export type VzNativeState = z.infer<typeof nativeStateSchema>;

/** What a machine tells without being asked. */
export const vzEventSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('state'), state: nativeStateSchema }),
  z.object({ event: z.literal('guestStopped') }),
  z.object({ event: z.literal('stoppedWithError'), error: vzErrorSchema }),
  z.object({ event: z.literal('networkDisconnected'), index: z.number().int(), error: vzErrorSchema }),
  z.object({ event: z.literal('diskDisconnected'), url: z.string(), error: vzErrorSchema }),
  z.object({ event: z.literal('displayChanged'), width: z.number(), height: z.number() }),
  z.object({ event: z.literal('installProgress'), fraction: z.number() }),
  z.object({ event: z.literal('focused') }),
  z.object({ event: z.literal('blurred') }),
  z.object({ event: z.literal('keysReleased') }),
  z.object({ event: z.literal('windowCloseWanted') }),
]);
export type VzEvent = z.infer<typeof vzEventSchema>;

export const vzConnectionSchema = z.object({ descriptor: z.number().int(), connection: z.number().int() });
export const vzPairSchema = z.object({ here: z.number().int(), there: z.number().int() });
export const vzTerminalSchema = z.object({ descriptor: z.number().int(), path: z.string() });

/** An image that macOS is installed from. No requirements: this Mac can't install it. */
export const vzRestoreImageSchema = z.object({
  url: z.string(),
  build: z.string(),
  version: z.string(),
  supported: z.boolean(),
  requirements: z
    .object({ hardwareModel: z.string(), cpuCount: z.number().int(), memoryBytes: z.number().int() })
    .nullable(),
});
export type VzRestoreImage = z.infer<typeof vzRestoreImageSchema>;
