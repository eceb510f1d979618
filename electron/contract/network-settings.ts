import { z } from 'zod';

/** A MAC address of one device, in its usual form. The lowest bit of the first byte marks a group (IEEE 802). */
export const macAddressSchema = z
  .string()
  .regex(/^[0-9a-f][02468ace](?::[0-9a-f]{2}){5}$/, 'Like 02:00:00:aa:bb:cc, lower case, its second digit even');

/** Sizes that the network of one guest can have: room for gateway, name server and guest, and no more than a /16. */
const widestPrefixBits = 16;
const narrowestPrefixBits = 28;

/** What is wrong with a subnet for one guest's NAT, in CIDR notation; undefined if nothing. */
export function natSubnetProblem(text: string): string | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  const bytes = (match ?? []).slice(1, 5).map(Number);
  const [first = 0, second = 0] = bytes;
  if (match === null || bytes.some((byte) => byte > 255)) return 'Like 10.0.7.0/24';
  const bits = Number(match[5]);
  if (bits < widestPrefixBits || bits > narrowestPrefixBits)
    return `Its size must be from /${widestPrefixBits} to /${narrowestPrefixBits}`;
  const isPrivate = first === 10 || (first === 172 && (second & 0xf0) === 16) || (first === 192 && second === 168);
  if (!isPrivate) return 'It must be a private one: in 10/8, 172.16/12 or 192.168/16';
  const number = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return number % 2 ** (32 - bits) === 0 ? undefined : 'It must be the network’s own address, which ends in zeros';
}

const natSubnetSchema = z.string().refine((text) => natSubnetProblem(text) === undefined, {
  error: ({ input }) => (typeof input === 'string' ? natSubnetProblem(input) : undefined),
});

/** What Softnet lets through or not: addresses as a block, or `@host`, which is this computer. */
export const softnetTargetSchema = z.union([z.cidrv4(), z.literal('@host')], {
  error: 'A block of addresses such as 10.1.0.0/16, or @host',
});

const portSchema = z.number().int().min(1).max(65_535);
/** TCP ports of the host that Softnet leads into the guest. They answer others on the network, not the host itself. */
export const softnetExposeSchema = z.object({ external: portSchema, internal: portSchema });

/** One card of a guest on the network of an interface. */
const bridgedCardSchema = z.object({
  /** `en0` or `Wi-Fi` on a Mac, the name of a bridge such as `br0` on Linux. */
  interface: z.string().min(1).max(100),
  /** Absent: the machine's own for the first card, one made from it for each further one. */
  macAddress: macAddressSchema.optional(),
});

/**
 * The network that a machine is on; kept in its sidecar. What a later version adds to a mode is kept when this one
 * writes the rest.
 */
export const networkSettingsSchema = z.discriminatedUnion('mode', [
  z.looseObject({
    mode: z.literal('nat'),
    /** Where each guest has a network of its own; absent: the usual one. */
    subnet: natSubnetSchema.optional(),
    /** The guest reaches, at its gateway, also what listens on the host's 127.0.0.1 only. */
    hostLoopback: z.boolean().default(false),
  }),
  z.looseObject({ mode: z.literal('bridged'), interfaces: z.array(bridgedCardSchema).min(1).max(8) }),
  z.looseObject({
    mode: z.literal('softnet'),
    allow: z.array(softnetTargetSchema).max(256).default([]),
    block: z.array(softnetTargetSchema).max(256).default([]),
    expose: z.array(softnetExposeSchema).max(64).default([]),
  }),
  /** The host and other machines of the kind, and nothing else. */
  z.looseObject({ mode: z.literal('host') }),
  /** Nothing, not even the host; port forwards into it work. */
  z.looseObject({ mode: z.literal('isolated') }),
  /** No network card. */
  z.looseObject({ mode: z.literal('none') }),
]);
export type NetworkSettings = z.infer<typeof networkSettingsSchema>;
export type NetworkMode = NetworkSettings['mode'];
export type NetworkOf<M extends NetworkMode> = Extract<NetworkSettings, { mode: M }>;

export const networkModes = ['nat', 'bridged', 'softnet', 'host', 'isolated', 'none'] as const satisfies NetworkMode[];

/** What a machine is on where nobody said anything. */
export const defaultNetwork: NetworkOf<'nat'> = { mode: 'nat', hostLoopback: false };

const notAvailable = z.string().optional();

/** What a machine can be set to on this host; `notAvailable` says why not, in a sentence. */
export const machineChoicesSchema = z.object({
  modes: z.array(z.object({ mode: z.enum(networkModes), notAvailable })),
  /** What can be bridged to. */
  interfaces: z.array(z.object({ name: z.string(), title: z.string(), notAvailable })),
  /** NAT is the machine's own, so that it can have a subnet of its own, and the host's loopback opened for it. */
  hasOwnNat: z.boolean(),
  nested: z.object({ notAvailable }),
});
export type MachineChoices = z.infer<typeof machineChoicesSchema>;
