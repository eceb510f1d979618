#include "match-finder.h"

#include <initializer_list>

#include "format.h"

namespace codec {
namespace {

constexpr size_t kShortBytes = 4;
constexpr size_t kLongBytes = 8;

// How many bytes from `later` on are the same as from `earlier` on.
size_t SameLength(const uint8_t* earlier, const uint8_t* later, const uint8_t* end) {
  const uint8_t* const start = later;
  for (; end - later >= 8; earlier += 8, later += 8) {
    const uint64_t difference = Load64(earlier) ^ Load64(later);
    if (difference != 0) return static_cast<size_t>(later - start) + (__builtin_ctzll(difference) >> 3);
  }
  while (later < end && *earlier == *later) {
    earlier++;
    later++;
  }
  return static_cast<size_t>(later - start);
}

bool IsNear(size_t candidate, size_t at) { return candidate < at && at - candidate <= kFarthest; }

}  // namespace

MatchFinder::MatchFinder(const uint8_t* bytes, size_t length)
    : bytes_(bytes),
      length_(length),
      // Eight bytes are read at the place behind the one that is looked at, too.
      end_(length <= kLongBytes ? 0 : length - kLongBytes),
      long_(std::make_unique<uint32_t[]>(size_t{1} << kHashBits)),
      short_(std::make_unique<uint32_t[]>(size_t{1} << kHashBits)) {}

uint32_t* MatchFinder::LongPlace(size_t at) const {
  return &long_[Load64(bytes_ + at) * 0x9e3779b97f4a7c15u >> (64 - kHashBits)];
}

uint32_t* MatchFinder::ShortPlace(size_t at) const {
  return &short_[Load32(bytes_ + at) * 0x9e3779b1u >> (32 - kHashBits)];
}

Match MatchFinder::Extended(size_t at, size_t distance, size_t length, size_t earliest) const {
  const size_t same = at + length;
  length += SameLength(bytes_ + same - distance, bytes_ + same, bytes_ + length_);
  while (at > earliest && at > distance && bytes_[at - 1] == bytes_[at - 1 - distance]) {
    at--;
    length++;
  }
  return {at, length, distance};
}

Match MatchFinder::Find(size_t at, size_t earliest, size_t last) {
  uint32_t* const long_place = LongPlace(at);
  uint32_t* const short_place = ShortPlace(at);
  const size_t long_candidate = *long_place;
  const size_t short_candidate = *short_place;
  *long_place = *short_place = static_cast<uint32_t>(at);
  const size_t behind = at + 1;
  if (last != 0 && last <= behind && Load32(bytes_ + behind - last) == Load32(bytes_ + behind))
    return Extended(behind, last, kShortBytes, earliest);
  if (IsNear(long_candidate, at) && Load64(bytes_ + long_candidate) == Load64(bytes_ + at))
    return Extended(at, at - long_candidate, kLongBytes, earliest);
  if (!IsNear(short_candidate, at) || Load32(bytes_ + short_candidate) != Load32(bytes_ + at)) return {};
  uint32_t* const behind_place = LongPlace(behind);
  const size_t behind_candidate = *behind_place;
  *behind_place = static_cast<uint32_t>(behind);
  if (IsNear(behind_candidate, behind) && Load64(bytes_ + behind_candidate) == Load64(bytes_ + behind))
    return Extended(behind, behind - behind_candidate, kLongBytes, earliest);
  return Extended(at, at - short_candidate, kShortBytes, earliest);
}

void MatchFinder::RememberInside(const Match& match) {
  const size_t end = match.at + match.length;
  for (const size_t at : {match.at + 2, end - 2, end - 1}) {
    if (at >= end_) continue;
    *LongPlace(at) = static_cast<uint32_t>(at);
    *ShortPlace(at) = static_cast<uint32_t>(at);
  }
}

}  // namespace codec
