import { decodeLzfse } from './decode.ts';
import { encodeLzfse } from './encode.ts';

/**
 * Decodes a whole LZFSE stream into `plain`, which must be exactly as long as the stream says.
 * @throws CodecError
 */
export async function unpackLzfse(packed: Uint8Array, plain: Uint8Array): Promise<void> {
  await Promise.resolve();
  decodeLzfse(packed, plain);
}

/** Encodes into a whole LZFSE stream at the start of `packed`; its length, or undefined if it would not be shorter. */
export async function packLzfse(plain: Uint8Array, packed: Uint8Array): Promise<number | undefined> {
  await Promise.resolve();
  const bytes = encodeLzfse(plain);
  if (bytes.length >= plain.length || bytes.length > packed.length) return undefined;
  packed.set(bytes);
  return bytes.length;
}
