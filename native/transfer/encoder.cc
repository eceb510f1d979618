#include "encoder.h"

#include <lz4.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "sparse-file.h"

namespace transfer {

namespace {

constexpr size_t kCompressedHeader = 12;
constexpr size_t kStoredHeader = 8;

void PutLittleEndian(uint8_t* target, uint32_t value) {
  for (int index = 0; index < 4; index++) target[index] = static_cast<uint8_t>(value >> (8 * index));
}

size_t EncodeBlock(const uint8_t* bytes, size_t length, uint8_t* target) {
  // Working memory of LZ4, which begins afresh with every block: what is in it must not change the output.
  thread_local std::unique_ptr<LZ4_stream_t, void (*)(LZ4_stream_t*)> state(LZ4_createStream(), [](LZ4_stream_t* made) {
    LZ4_freeStream(made);
  });
  // Compressed only if that is smaller than storing it, headers included.
  const int room = static_cast<int>(length) - static_cast<int>(kCompressedHeader - kStoredHeader) - 1;
  const int made = room <= 0 || state == nullptr
                       ? 0
                       : LZ4_compress_fast_extState(state.get(), reinterpret_cast<const char*>(bytes),
                                                    reinterpret_cast<char*>(target + kCompressedHeader),
                                                    static_cast<int>(length), room, 1);
  PutLittleEndian(target + 4, static_cast<uint32_t>(length));
  if (made > 0) {
    std::memcpy(target, "bv41", 4);
    PutLittleEndian(target + 8, static_cast<uint32_t>(made));
    return kCompressedHeader + static_cast<size_t>(made);
  }
  std::memcpy(target, "bv4-", 4);
  std::memcpy(target + kStoredHeader, bytes, length);
  return kStoredHeader + length;
}

const std::vector<uint8_t>& ZeroBlock() {
  static const std::vector<uint8_t> block = [] {
    const std::vector<uint8_t> zeros(kBlockBytes);
    std::vector<uint8_t> encoded(EncodedBound(kBlockBytes));
    encoded.resize(EncodeBlock(zeros.data(), kBlockBytes, encoded.data()));
    return encoded;
  }();
  return block;
}

}  // namespace

size_t EncodedBound(size_t length) {
  return length + (length / kBlockBytes + 1) * kCompressedHeader;
}

size_t Encode(const uint8_t* bytes, size_t length, uint8_t* target) {
  uint8_t* const start = target;
  for (size_t position = 0; position < length; position += kBlockBytes) {
    const size_t block = std::min(kBlockBytes, length - position);
    target += block == kBlockBytes && IsZero(bytes + position, block) ? EncodeZeros(block, target)
                                                                      : EncodeBlock(bytes + position, block, target);
  }
  return static_cast<size_t>(target - start);
}

size_t EncodeZeros(uint64_t length, uint8_t* target) {
  uint8_t* const start = target;
  for (; length >= kBlockBytes; length -= kBlockBytes) {
    std::memcpy(target, ZeroBlock().data(), ZeroBlock().size());
    target += ZeroBlock().size();
  }
  if (length > 0) {
    const std::vector<uint8_t> rest(static_cast<size_t>(length));
    target += EncodeBlock(rest.data(), rest.size(), target);
  }
  return static_cast<size_t>(target - start);
}

}  // namespace transfer
