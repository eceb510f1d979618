import { z } from 'zod';
import { errorInfoSchema } from '../../contract/errors.ts';
import {
  extraDiskSchema,
  machineStateSchema,
  portForwardSchema,
  sharedFolderSchema,
  usageSchema,
} from '../../contract/machine.ts';
import { networkSettingsSchema } from '../../contract/network-settings.ts';

/**
 * What an app and the host process of a machine say to each other: JSON, one message a line, on `host.sock` in the run
 * folder. A connection begins with what it is for; `serial` is followed by raw bytes both ways.
 */
export const handshakeSchema = z.object({ open: z.enum(['control', 'serial']) });
export type Handshake = z.infer<typeof handshakeSchema>;

/** What can be asked for on a control connection, and what comes back. */
export const methods = {
  shutDown: { params: z.object({}), value: z.null() },
  forceStop: { params: z.object({}), value: z.null() },
  reset: { params: z.object({}), value: z.null() },
  pause: { params: z.object({}), value: z.null() },
  resume: { params: z.object({}), value: z.null() },
  suspend: { params: z.object({}), value: z.null() },
  ping: { params: z.object({}), value: z.null() },
  picture: {
    params: z.object({ maxWidth: z.number().int().min(1) }),
    value: z.object({ png: z.base64(), width: z.number(), height: z.number() }).nullable(),
  },
  usage: { params: z.object({}), value: z.array(usageSchema) },
  portForwards: { params: z.object({}), value: z.array(portForwardSchema) },
  setPortForwards: { params: z.object({ forwards: z.array(portForwardSchema) }), value: z.null() },
  /** A file in the guest, through its agent; `file` is the agent's number for it. */
  openFile: { params: z.object({ path: z.string() }), value: z.number() },
  writeFile: { params: z.object({ file: z.number(), data: z.base64() }), value: z.null() },
  closeFile: { params: z.object({ file: z.number() }), value: z.null() },
} as const;
export type Method = keyof typeof methods;
export type MethodParams<M extends Method> = z.output<(typeof methods)[M]['params']>;
export type MethodValue<M extends Method> = z.output<(typeof methods)[M]['value']>;

export const methodNames = Object.keys(methods).filter((name): name is Method => name in methods);

export const askSchema = z.object({ id: z.number(), method: z.string(), params: z.unknown() });
export type Ask = z.infer<typeof askSchema>;

/** What the host says: once who it is, every new state, and answers. */
export const toldSchema = z.union([
  z.object({
    hello: z.object({
      /** Absolute path of the VM's folder. */
      folder: z.string(),
      /** What the guest was told as its address, where only this computer's network gives it. */
      userNetworkAddress: z.string().optional(),
    }),
    state: machineStateSchema,
  }),
  z.object({ state: machineStateSchema }),
  z.object({ id: z.number(), value: z.unknown() }),
  z.object({ id: z.number(), error: errorInfoSchema }),
]);
export type HostMessage = z.infer<typeof toldSchema>;

/** What may differ from one run to the next, as it goes to the host process and is kept with a saved state. */
export const runOptionsSchema = z.object({
  extraDisks: z.array(extraDiskSchema).optional(),
  sharedFolders: z.array(sharedFolderSchema.extend({ tag: z.string().optional() })).optional(),
  portForwards: z.array(portForwardSchema).optional(),
  rootDisk: z
    .object({
      readOnly: z.boolean().optional(),
      sync: z.enum(['none', 'fsync', 'full']).optional(),
      caching: z.enum(['automatic', 'cached', 'uncached']).optional(),
    })
    .optional(),
  network: networkSettingsSchema.optional(),
  keyboard: z.boolean().optional(),
  pointer: z.boolean().optional(),
  nested: z.boolean().optional(),
  confirmedPaths: z.array(z.object({ path: z.string(), writable: z.boolean() })).optional(),
});
export type WiredOptions = z.infer<typeof runOptionsSchema>;

/** What the host process reads from its standard input. */
export const hostRequestSchema = z.object({
  folder: z.string(),
  runtimeFolder: z.string(),
  cacheFolder: z.string(),
  options: runOptionsSchema,
});
export type HostRequest = z.infer<typeof hostRequestSchema>;

/** What it writes to its descriptor 3, once. */
export const reportSchema = z.union([z.object({ running: z.literal(true) }), z.object({ error: errorInfoSchema })]);
export type Report = z.infer<typeof reportSchema>;
