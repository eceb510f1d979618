#include <algorithm>

#include "decoder.h"
#include "format.h"

namespace codec {
namespace {

constexpr uint8_t kEndMark = 0x06;
constexpr size_t kEndBytes = 8;

// One instruction: its own length, literals to take, a match, and how far back; 0 for as far as the match before.
struct Step {
  size_t bytes;
  size_t literals;
  size_t match;
  bool has_distance;
  size_t distance;
};

// `at` can be read three bytes far. False if the byte begins no instruction.
bool ReadStep(const uint8_t* at, Step* step) {
  const uint8_t first = at[0];
  if (first >= 0xe0) {
    const bool is_long = (first & 15) == 0;
    const size_t length = is_long ? at[1] + size_t{16} : first & size_t{15};
    const bool is_match = first >= 0xf0;
    *step = {is_long ? size_t{2} : size_t{1}, is_match ? 0 : length, is_match ? length : 0, false, 0};
    return true;
  }
  if (first >= 0xa0 && first < 0xc0) {
    *step = {3, static_cast<size_t>(first >> 3 & 3), static_cast<size_t>((first & 7) << 2 | (at[1] & 3)) + 3, true,
             static_cast<size_t>(at[1] >> 2 | at[2] << 6)};
    return true;
  }
  if ((first >= 0x70 && first < 0x80) || first >= 0xd0) return false;
  const size_t literals = first >> 6;
  const size_t match = (first >> 3 & 7) + size_t{3};
  switch (first & 7) {
    case 7:
      *step = {3, literals, match, true, Load16(at + 1)};
      return true;
    case 6:
      if (first >= 0x40) {
        *step = {1, literals, match, false, 0};
        return true;
      }
      *step = {1, 0, 0, false, 0};
      return first == 0x0e || first == 0x16;
    default:
      *step = {2, literals, match, true, static_cast<size_t>((first & 7) << 8 | at[1])};
      return true;
  }
}

}  // namespace

Damage DecodeLzvn(const uint8_t* payload, size_t payload_bytes, size_t raw_bytes, size_t origin, Output* output,
                  bool* is_full) {
  *is_full = false;
  size_t at = 0;
  size_t left = raw_bytes;
  size_t distance = 0;
  for (;;) {
    if (at >= payload_bytes) return {"a block has no end", origin + payload_bytes};
    if (payload[at] == kEndMark) break;
    uint8_t head[3] = {0, 0, 0};
    std::copy_n(payload + at, std::min<size_t>(3, payload_bytes - at), head);
    Step step;
    if (!ReadStep(head, &step)) return {"there is no such instruction", origin + at};
    const size_t literals_at = at + step.bytes;
    if (literals_at + step.literals >= payload_bytes) return {"an instruction is cut off", origin + at};
    if (step.literals + step.match > left) return {"a block holds more than it says", origin + at};
    if (output->Room() < step.literals + step.match) {
      *is_full = true;
      return {};
    }
    std::memcpy(output->next, payload + literals_at, step.literals);
    output->next += step.literals;
    if (step.has_distance) distance = step.distance;
    if (step.match > 0) {
      if (distance == 0 || distance > output->Done())
        return {"a match reaches before the beginning", origin + at};
      output->Repeat(distance, step.match);
    }
    left -= step.literals + step.match;
    at = literals_at + step.literals;
  }
  if (at + kEndBytes != payload_bytes) return {"a block ends before its last byte", origin + at};
  if (left > 0) return {"a block holds less than it says", origin + at};
  return {};
}

}  // namespace codec
