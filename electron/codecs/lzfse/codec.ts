import { loadNativeAddon } from '../../files/native-addon.ts';
import { CodecError } from './codec-error.ts';

/** What `native/codec/codec.cc` exports; both work in a thread of the pool. */
interface Addon {
  /** Resolves with what is damaged, if something is. */
  decode(packed: Uint8Array, plain: Uint8Array): Promise<[reason: string, offset: number] | undefined>;
  /** Resolves with the length of the stream; 0 if `packed` has no room for it. */
  encode(plain: Uint8Array, packed: Uint8Array): Promise<number>;
}

let loaded: Addon | undefined;

function addon(): Addon {
  // The addon's own source is what says that this is its shape; there is nothing to parse in a function.
  loaded ??= loadNativeAddon('codec') as Addon;
  return loaded;
}

/**
 * Decodes a whole LZFSE stream into `plain`, which must be exactly as long as the stream says. Neither array may be changed
 * before it is done.
 * @throws CodecError; AppError `unexpected` if the addon is not built
 */
export async function unpackLzfse(packed: Uint8Array, plain: Uint8Array): Promise<void> {
  const damage = await addon().decode(packed, plain);
  if (damage !== undefined) throw new CodecError(...damage);
}

/**
 * Encodes into a whole LZFSE stream at the start of `packed`; its length, or undefined if it would not be shorter. Neither
 * array may be changed before it is done.
 * @throws AppError `unexpected` if the addon is not built
 */
export async function packLzfse(plain: Uint8Array, packed: Uint8Array): Promise<number | undefined> {
  const room = packed.subarray(0, Math.max(0, plain.length - 1));
  return (await addon().encode(plain, room)) || undefined;
}
