import { decodeLzfse } from './decode.ts';

/**
 * Decodes a whole LZFSE stream into `plain`, which must be exactly as long as the stream says.
 * @throws CodecError
 */
export async function unpackLzfse(packed: Uint8Array, plain: Uint8Array): Promise<void> {
  await Promise.resolve();
  decodeLzfse(packed, plain);
}
