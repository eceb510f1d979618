import { z } from 'zod';

/** What the process that talks to the keychain is asked on its standard input. */
export const keychainRequestSchema = z.discriminatedUnion('command', [
  z.object({ command: z.literal('get'), service: z.string(), account: z.string() }),
  z.object({ command: z.literal('set'), service: z.string(), account: z.string(), secret: z.string() }),
  z.object({ command: z.literal('delete'), service: z.string(), account: z.string() }),
  z.object({ command: z.literal('list'), service: z.string() }),
]);
export type KeychainRequest = z.infer<typeof keychainRequestSchema>;

/** What it answers on its standard output: the secret, whether something was done, or all items; or words of keytar. */
export const keychainReplySchema = z.object({
  value: z.union([z.string(), z.boolean(), z.array(z.object({ account: z.string(), secret: z.string() }))]).nullish(),
  error: z.string().optional(),
});
export type KeychainReply = z.infer<typeof keychainReplySchema>;
