import { type BlockHeader, maxHeaderBytes, readBlockHeader } from './block-header.ts';
import { CodecError } from '../../codec-error.ts';
import { type BlockDecoder, openLzfseBlock } from './lzfse-block.ts';
import { openLzvnBlock } from './lzvn-block.ts';
import { OutputWindow } from '../../output-window.ts';

/** Length of what follows a header. */
export function payloadBytesOf(header: BlockHeader): number {
  switch (header.kind) {
    case 'end':
      return 0;
    case 'stored':
      return header.rawBytes;
    case 'lzvn':
      return header.payloadBytes;
    case 'lzfse':
      return header.literalPayloadBytes + header.matchPayloadBytes;
  }
}

/** A decoder of the block with this header and payload; `origin` is where in the stream the payload begins. */
export function openBlock(
  header: Exclude<BlockHeader, { kind: 'end' }>,
  payload: Uint8Array,
  origin: number,
): BlockDecoder {
  switch (header.kind) {
    case 'stored':
      return openStoredBlock(payload);
    case 'lzvn':
      return openLzvnBlock(header.rawBytes, payload, origin);
    case 'lzfse':
      return openLzfseBlock(header, payload, origin);
  }
}

function openStoredBlock(payload: Uint8Array): BlockDecoder {
  let at = 0;
  return {
    run(window) {
      const piece = payload.subarray(at, at + window.room);
      window.append(piece);
      at += piece.length;
      return at === payload.length;
    },
  };
}

/**
 * Decodes a whole LZFSE stream into `plain`, which must be exactly as long as the stream says. The slow and plain form of
 * what `native/codec` does: they are tested by the same tests.
 * @throws CodecError
 */
export function decodeLzfse(packed: Uint8Array, plain: Uint8Array): void {
  const window = new OutputWindow(plain);
  let at = 0;
  for (;;) {
    const header = readBlockHeader(packed.subarray(at, at + maxHeaderBytes), at);
    const payloadAt = at + header.headerBytes;
    const end = payloadAt + payloadBytesOf(header);
    if (end > packed.length) throw new CodecError('a block is cut off', packed.length);
    if (header.kind === 'end') {
      if (end !== packed.length) throw new CodecError('something follows the end', end);
      break;
    }
    if (!openBlock(header, packed.subarray(payloadAt, end), payloadAt).run(window))
      throw new CodecError('it holds more than was said', at);
    at = end;
  }
  if (window.room > 0) throw new CodecError('it holds less than was said', packed.length);
}
