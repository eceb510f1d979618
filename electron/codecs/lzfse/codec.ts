import { loadNativeAddon } from '../../files/native-addon.ts';
import { CodecError } from './codec-error.ts';
import { decodeLzfse } from './decode.ts';
import { encodeLzfse, lzvnBelowBytes } from './encode.ts';

/** What `native/codec/codec.cc` exports; both work in a thread of the pool. */
interface Addon {
  /** Resolves with what is damaged, if something is. */
  decode(packed: Uint8Array, plain: Uint8Array): Promise<[reason: string, offset: number] | undefined>;
  /** Resolves with the length of the stream; 0 if `packed` has no room for it. */
  encode(plain: Uint8Array, packed: Uint8Array): Promise<number>;
}

/** Undefined until it is asked for; `absent` where it is not built, so that the same in TypeScript does the work. */
let native: Addon | 'absent' | undefined;

function addon(): Addon | undefined {
  if (native === undefined) {
    try {
      // The addon's own source is what says that this is its shape; there is nothing to parse in a function.
      native = loadNativeAddon('codec') as Addon;
    } catch (error) {
      native = 'absent';
    }
  }
  return native === 'absent' ? undefined : native;
}

/** Whether the fast codec is here. */
export function isNative(): boolean {
  return addon() !== undefined;
}

/**
 * Decodes a whole LZFSE stream into `plain`, which must be exactly as long as the stream says. Neither array may be changed
 * before it is done.
 * @throws CodecError
 */
export async function unpackLzfse(packed: Uint8Array, plain: Uint8Array): Promise<void> {
  const fast = addon();
  if (fast === undefined) {
    decodeLzfse(packed, plain);
    return;
  }
  const damage = await fast.decode(packed, plain);
  if (damage !== undefined) throw new CodecError(...damage);
}

/**
 * Encodes into a whole LZFSE stream at the start of `packed`; its length, or undefined if it would not be shorter. Neither
 * array may be changed before it is done.
 */
export async function packLzfse(plain: Uint8Array, packed: Uint8Array): Promise<number | undefined> {
  const fast = plain.length < lzvnBelowBytes ? undefined : addon();
  const room = packed.subarray(0, Math.max(0, plain.length - 1));
  if (fast !== undefined) return (await fast.encode(plain, room)) || undefined;
  const bytes = encodeLzfse(plain);
  if (bytes.length > room.length) return undefined;
  packed.set(bytes);
  return bytes.length;
}
