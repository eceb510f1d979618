import { z } from 'zod';
import { errorInfoSchema } from './errors.ts';

/**
 * The messages of both transports. A page calls and aborts; the other side replies and tells. Over WebSocket each is one
 * text frame of JSON, over Electron's ports one structured clone.
 */
export const toBackendSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('call'), call: z.number().int(), name: z.string().max(100), input: z.unknown() }),
  z.object({ kind: z.literal('abort'), call: z.number().int() }),
]);
export type ToBackend = z.input<typeof toBackendSchema>;

const replySchema = z.union([
  // JSON has no undefined: the reply of a procedure with nothing to say has no value.
  z.object({ ok: z.literal(true), value: z.unknown().optional() }),
  z.object({ ok: z.literal(false), error: errorInfoSchema }),
]);

export const toPageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('reply'), call: z.number().int(), reply: replySchema }),
  z.object({ kind: z.literal('event'), name: z.string(), payload: z.unknown() }),
]);
export type ToPage = z.input<typeof toPageSchema>;

/** The longest message from a page, in bytes: notes and standard input are the longest things that it has to say. */
export const maxMessageBytes = 4 * 1024 * 1024;

/** How a channel's stream says that it opened, failed or is full, where the transport has no such signs of its own. */
export const channelSignSchema = z.discriminatedUnion('sign', [
  z.object({ sign: z.literal('open') }),
  z.object({ sign: z.literal('failed'), error: errorInfoSchema }),
  /** The receiver took in so many more bytes. */
  z.object({ sign: z.literal('taken'), bytes: z.number().int().min(0) }),
  z.object({ sign: z.literal('closed'), reason: z.string().optional() }),
]);
export type ChannelSign = z.infer<typeof channelSignSchema>;

/** Bytes that may be under way in a channel before the sender waits. */
export const channelWindowBytes = 1024 * 1024;
