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

// Remembers where four bytes with the same hash were seen last, and finds the longest repetition among them.
class MatchFinder {
 public:
  MatchFinder(const uint8_t* bytes, size_t length);

  // The first place from which no four bytes can be read any more.
  size_t End() const { return end_; }

  // The best match that begins at `at`, or up to `at - earliest` before it: what is the same in front of it is part of it.
  Match Best(size_t at, size_t earliest) const;

  void Remember(size_t at);

 private:
  static constexpr int kHashBits = 14;
  static constexpr size_t kDepth = 4;
  struct Row {
    uint32_t place[kDepth];  // plus 1, newest first; 0: none
  };

  size_t RowOf(size_t at) const;

  const uint8_t* const bytes_;
  const size_t length_;
  const size_t end_;
  const std::unique_ptr<Row[]> rows_;
};

}  // namespace codec

#endif
