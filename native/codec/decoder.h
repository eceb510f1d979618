#ifndef TATIN_CODEC_DECODER_H
#define TATIN_CODEC_DECODER_H

#include <cstddef>
#include <cstdint>

namespace codec {

// What is wrong with a stream, and at which byte of it; no reason if nothing is. The same words as in TypeScript.
struct Damage {
  const char* reason = nullptr;
  size_t offset = 0;
};

// Where decoded bytes go: from `begin` to `end`, the next one at `next`.
struct Output {
  uint8_t* begin;
  uint8_t* next;
  uint8_t* end;

  size_t Room() const { return static_cast<size_t>(end - next); }
  size_t Done() const { return static_cast<size_t>(next - begin); }
  // Repeats what begins `distance` back; needs room, and a distance from 1 to Done().
  void Repeat(size_t distance, size_t length);
};

// Decodes a whole LZFSE stream into `plain`, which must be exactly as long as the stream says. Touches no byte outside of
// the two ranges, whatever the stream holds.
Damage Decode(const uint8_t* packed, size_t packed_bytes, uint8_t* plain, size_t plain_bytes);

// Decodes the payload of a `bvxn` block that begins at byte `origin` of a stream. `is_full` is set, and nothing is wrong, if
// it stopped because the output has no room for what its header promised.
Damage DecodeLzvn(const uint8_t* payload, size_t payload_bytes, size_t raw_bytes, size_t origin, Output* output,
                  bool* is_full);

}  // namespace codec

#endif
