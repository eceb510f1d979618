// What the LZFSE decoder and encoder both know: alphabets, limits, little-endian access. electron/codecs/lzfse is the same in
// TypeScript, says more of the why, and is what this must agree with.

#ifndef TATIN_CODEC_FORMAT_H
#define TATIN_CODEC_FORMAT_H

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace codec {

constexpr size_t kLengthSymbols = 20;
constexpr size_t kMatchSymbols = 20;
constexpr size_t kDistanceSymbols = 64;
constexpr size_t kLiteralSymbols = 256;
constexpr size_t kAllSymbols = kLengthSymbols + kMatchSymbols + kDistanceSymbols + kLiteralSymbols;

constexpr uint32_t kLengthStates = 64;
constexpr uint32_t kMatchStates = 64;
constexpr uint32_t kDistanceStates = 256;
constexpr uint32_t kLiteralStates = 1024;

constexpr uint32_t kMatchesPerBlock = 10000;
constexpr uint32_t kLiteralsPerBlock = 4 * kMatchesPerBlock;
constexpr uint32_t kLongestLength = 315;
constexpr uint32_t kLongestMatch = 2359;
constexpr uint32_t kFarthest = 262139;

// A number is the base of its symbol plus so many extra bits.
extern const uint8_t kLengthBits[kLengthSymbols];
extern const uint8_t kMatchBits[kMatchSymbols];
extern const uint8_t kDistanceBits[kDistanceSymbols];
extern const int32_t kLengthBase[kLengthSymbols];
extern const int32_t kMatchBase[kMatchSymbols];
extern const int32_t kDistanceBase[kDistanceSymbols];

inline uint16_t Load16(const uint8_t* at) {
  return static_cast<uint16_t>(at[0] | at[1] << 8);
}

inline uint32_t Load32(const uint8_t* at) {
  uint32_t word;
  std::memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap32(word);
#endif
  return word;
}

inline uint64_t Load64(const uint8_t* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  return word;
}

inline void Store32(uint8_t* at, uint32_t word) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap32(word);
#endif
  std::memcpy(at, &word, sizeof word);
}

inline void Store64(uint8_t* at, uint64_t word) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  std::memcpy(at, &word, sizeof word);
}

}  // namespace codec

#endif
