#ifndef TATIN_CODEC_ENCODER_H
#define TATIN_CODEC_ENCODER_H

#include <cstddef>
#include <cstdint>

namespace codec {

// Encodes into an LZFSE stream at the start of `packed`. How long it is, or 0 if it needs more than `packed_bytes`. Fewer
// than 2^32 plain bytes.
size_t Encode(const uint8_t* plain, size_t plain_bytes, uint8_t* packed, size_t packed_bytes);

}  // namespace codec

#endif
