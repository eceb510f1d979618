#include "match-finder.h"

#include "format.h"

namespace codec {
namespace {

constexpr size_t kShortest = 4;

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

}  // namespace

MatchFinder::MatchFinder(const uint8_t* bytes, size_t length)
    : bytes_(bytes),
      length_(length),
      end_(length < kShortest ? 0 : length - kShortest + 1),
      rows_(std::make_unique<Row[]>(size_t{1} << kHashBits)) {}

size_t MatchFinder::RowOf(size_t at) const { return Load32(bytes_ + at) * 0x9e3779b1u >> (32 - kHashBits); }

void MatchFinder::Remember(size_t at) {
  Row& row = rows_[RowOf(at)];
  for (size_t index = kDepth - 1; index > 0; index--) row.place[index] = row.place[index - 1];
  row.place[0] = static_cast<uint32_t>(at) + 1;
}

Match MatchFinder::Best(size_t at, size_t earliest) const {
  const Row& row = rows_[RowOf(at)];
  const uint32_t word = Load32(bytes_ + at);
  Match best;
  for (const uint32_t place : row.place) {
    if (place == 0 || at - (place - 1) > kFarthest) break;
    const size_t candidate = place - 1;
    // Nothing that is not the same one byte further than the best can be longer.
    if (Load32(bytes_ + candidate) != word) continue;
    if (best.length > 0 && at + best.length < length_ && bytes_[candidate + best.length] != bytes_[at + best.length])
      continue;
    const size_t length =
        kShortest + SameLength(bytes_ + candidate + kShortest, bytes_ + at + kShortest, bytes_ + length_);
    if (length > best.length) best = {at, length, at - candidate};
  }
  if (best.length == 0) return best;
  while (best.at > earliest && best.at > best.distance && bytes_[best.at - 1] == bytes_[best.at - 1 - best.distance]) {
    best.at--;
    best.length++;
  }
  return best;
}

}  // namespace codec
