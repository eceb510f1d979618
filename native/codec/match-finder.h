#ifndef TATIN_CODEC_MATCH_FINDER_H
#define TATIN_CODEC_MATCH_FINDER_H

#include <cstddef>
#include <cstdint>
#include <memory>

namespace codec {

struct Match {
  size_t at = 0;
  size_t length = 0;  // 0: none
  size_t distance = 0;
};

// Finds what was there before. Remembers for every hash of eight bytes, and of four, where it was seen last: a repetition
// of eight is worth more than the nearest one of four, and both cost one look.
class MatchFinder {
 public:
  MatchFinder(const uint8_t* bytes, size_t length);

  // The first place at which nothing can be looked for any more.
  size_t End() const { return end_; }

  // A match that begins at `at`, or one byte behind it, or up to `at - earliest` before it: what is the same in front of it
  // is part of it. `last` is the distance of the match before, which is the cheapest to say; 0 if there is none. Remembers
  // `at`.
  Match Find(size_t at, size_t earliest, size_t last);

  // Remembers some places inside of a match, which were not looked at.
  void RememberInside(const Match& match);

 private:
  static constexpr int kHashBits = 16;

  uint32_t* LongPlace(size_t at) const;
  uint32_t* ShortPlace(size_t at) const;
  Match Extended(size_t at, size_t distance, size_t length, size_t earliest) const;

  const uint8_t* const bytes_;
  const size_t length_;
  const size_t end_;
  // Of each hash the place. 0 stands for nothing too: whether a place is of use is seen by looking at it.
  const std::unique_ptr<uint32_t[]> long_;
  const std::unique_ptr<uint32_t[]> short_;
};

}  // namespace codec

#endif
