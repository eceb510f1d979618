import { z } from 'zod';
import { portForwardSchema, targetSchema, timeSchema, vmIdSchema, vmSchema } from './machine.ts';
import { machineChoicesSchema } from './network-settings.ts';
import type { ProcedureTable } from './procedure.ts';

const ipv4 = z.string();

/** One line of the DHCP server's table, for what it is. */
const leaseSchema = z.object({
  name: z.string().optional(),
  address: ipv4.optional(),
  /** The MAC address in its usual form, or the identifier that the guest gave instead. */
  owner: z.string().optional(),
  /** `identifier`: a DUID or the like, which no VM can be told by. */
  ownerKind: z.enum(['ethernet', 'identifier']).optional(),
  vmId: vmIdSchema.optional(),
  expiresAt: timeSchema.optional(),
  isExpired: z.boolean(),
  /** Why this line can't be trusted. */
  problem: z.string().optional(),
});
export type LeaseRow = z.infer<typeof leaseSchema>;

const natSubnetSchema = z.object({ address: ipv4, mask: ipv4 });

/** The shared network of a Mac, as it is and as it will be. */
const sharedNetworkSchema = z.object({
  kind: z.literal('vmnet'),
  /** What guests are on now, or would be if one started. */
  inForce: natSubnetSchema.extend({
    /** `seen`: on the bridge of that name; else read from the settings, or the system's own choice. */
    from: z.enum(['seen', 'stored', 'default']),
    bridge: z.string().optional(),
  }),
  stored: natSubnetSchema.optional(),
  /** Free of every network of this Mac. */
  suggested: natSubnetSchema.optional(),
  leaseSeconds: z.number().int(),
  leaseIsDefault: z.boolean(),
  /** What the settings hold that makes no sense. */
  problems: z.array(z.string()),
  /** Machines that must stop before a change of the subnet is in force. */
  runningCount: z.number().int(),
  /** This version of macOS is reported to store the subnet and not to use it. */
  isIgnored: z.boolean(),
  use: z.object({
    total: z.number().int(),
    inUse: z.number().int(),
    held: z.number().int(),
    expired: z.number().int(),
    free: z.number().int(),
    newInLastHour: z.number().int(),
    hoursLeft: z.number().optional(),
  }),
  /** In use first; at most a thousand. */
  leases: z.array(leaseSchema),
  leaseCount: z.number().int(),
  readAt: timeSchema,
});
export type SharedNetwork = z.infer<typeof sharedNetworkSchema>;

/** Where each guest has a network of its own, made by passt. */
const userNetworkSchema = z.object({
  kind: z.literal('user'),
  subnet: z.string(),
  guestAddress: ipv4,
  /** Services that listen on these of the host's addresses, or on all, can be reached by guests. */
  hostAddresses: z.array(z.object({ address: ipv4, network: z.string() })),
  /** Why guests that are on NAT reach nothing at all, and what to do about it; absent if they have a network. */
  noNetwork: z.object({ reason: z.string(), cure: z.string() }).optional(),
  readAt: timeSchema,
});

export type UserNetwork = z.infer<typeof userNetworkSchema>;

const networkSchema = z.discriminatedUnion('kind', [sharedNetworkSchema, userNetworkSchema]);
export type Network = z.infer<typeof networkSchema>;

/** What would come of a subnet that a person types. */
const subnetCheckSchema = z.object({
  mistake: z.object({ field: z.enum(['address', 'mask']), reason: z.string() }).optional(),
  /** How many guests fit. */
  guests: z.number().int().optional(),
});

/** Whether a guest reaches a port of this host, tried from inside. */
const hostReachSchema = z.object({
  address: ipv4,
  port: z.number().int(),
  reached: z.boolean(),
  /** What the guest said. */
  details: z.string(),
});

/** A way into a machine: kept for its next start, open now, or both. */
const forwardStateSchema = z.object({
  forward: portForwardSchema,
  isOpen: z.boolean(),
  isKept: z.boolean(),
});
export type ForwardState = z.infer<typeof forwardStateSchema>;

/** What can be asked about the network of this host and of each machine. */
export const networkProcedures = {
  'network.get': { input: z.object({}), output: networkSchema },
  /** What would come of it; nothing is changed. */
  'network.checkSubnet': {
    input: z.object({ address: z.string().max(100), mask: z.string().max(100) }),
    output: subnetCheckSchema,
  },
  /** Each asks for an administrator, once, and answers with the network as it is then. */
  'network.setSubnet': {
    input: z.object({ address: z.string().max(100), mask: z.string().max(100) }),
    output: networkSchema,
  },
  'network.resetSubnet': { input: z.object({}), output: networkSchema },
  'network.setLeaseTime': { input: z.object({ seconds: z.number().int() }), output: networkSchema },
  'network.clearLeases': { input: z.object({ which: z.enum(['expired', 'all']) }), output: networkSchema },
  /** Tries from inside a guest, through its agent; `address` is the host as the guest sees it unless given. */
  'network.tryHost': {
    input: targetSchema.extend({ address: z.ipv4().optional(), port: z.number().int().min(1).max(65_535) }),
    output: hostReachSchema,
  },
  /** What it can be set to here, and why not to the rest. */
  'network.choices': { input: targetSchema, output: machineChoicesSchema },
  'forwards.list': { input: targetSchema, output: z.array(forwardStateSchema) },
  /** Keeps a forward, and opens it at once where the machine runs. Throws `port-taken`, and then nothing is kept. */
  'forwards.add': { input: targetSchema.extend({ forward: portForwardSchema }), output: vmSchema },
  /** Closes a forward and forgets it, by the port of the host. */
  'forwards.remove': {
    input: targetSchema.extend({
      protocol: portForwardSchema.shape.protocol,
      hostAddress: portForwardSchema.shape.hostAddress,
      hostPort: portForwardSchema.shape.hostPort,
    }),
    output: vmSchema,
  },
} as const satisfies ProcedureTable;
