// Plain bytes to Apple's framing of LZ4, block by block. The same bytes always make the same stream, as
// long as the version of liblz4 is the same.

#pragma once

#include <cstddef>
#include <cstdint>

namespace transfer {

// As Apple's encoder has it, so that every reader can read it.
constexpr size_t kBlockBytes = 64 * 1024;

// Room for what `length` bytes may become.
size_t EncodedBound(size_t length);

// Appends `length` bytes as independent blocks to `target`, which has room; how many bytes that made.
size_t Encode(const uint8_t* bytes, size_t length, uint8_t* target);

// The same for so many zeros, without looking at any.
size_t EncodeZeros(uint64_t length, uint8_t* target);

}  // namespace transfer
