#include "encoder.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include "format.h"
#include "match-finder.h"

namespace codec {
namespace {

// After so many literals in a row every second byte is looked at, after twice as many every third: it does not compress.
constexpr size_t kPatience = 256;

size_t LengthSymbol(uint32_t number) {
  if (number < 16) return number;
  return number < 20 ? 16 : number < 28 ? 17 : number < 60 ? 18 : 19;
}

size_t MatchSymbol(uint32_t number) {
  if (number < 16) return number;
  return number < 24 ? 16 : number < 56 ? 17 : number < 312 ? 18 : 19;
}

// Four symbols of every width w, which begin at 4 * (2^w - 1): 4 more than the number has its width in the highest bit.
size_t DistanceSymbol(uint32_t number) {
  const uint32_t shifted = number + 4;
  const uint32_t width = 29 - static_cast<uint32_t>(__builtin_clz(shifted));
  return 4 * width + (shifted >> width) - 4;
}

// Frequencies that add up to `states`, at least 1 for what occurs.
void ScaleFrequencies(const uint32_t* counts, size_t symbols, uint32_t states, uint16_t* scaled) {
  const uint64_t total = std::accumulate(counts, counts + symbols, uint64_t{0});
  std::fill_n(scaled, symbols, 0);
  if (total == 0) {
    scaled[0] = static_cast<uint16_t>(states);
    return;
  }
  int32_t left = static_cast<int32_t>(states);
  for (size_t symbol = 0; symbol < symbols; symbol++) {
    if (counts[symbol] == 0) continue;
    const uint64_t share = (uint64_t{counts[symbol]} * states + total / 2) / total;
    scaled[symbol] = static_cast<uint16_t>(std::max<uint64_t>(1, share));
    left -= scaled[symbol];
  }
  if (left > 0) *std::max_element(scaled, scaled + symbols) += static_cast<uint16_t>(left);
  // One at a time from the most common, where it matters least.
  for (; left < 0; left++) --*std::max_element(scaled, scaled + symbols);
}

// Writes bits forwards, lowest bit of a byte first. Eight bytes are stored at a time, so there must be room for them.
class ForwardBits {
 public:
  explicit ForwardBits(uint8_t* to) : start_(to), to_(to) {}

  // Up to 56 bits between two calls of Flush.
  void Write(uint64_t value, uint32_t count) {
    held_ |= value << count_;
    count_ += count;
  }

  void Flush() {
    Store64(to_, held_);
    to_ += count_ >> 3;
    held_ >>= count_ & ~7u;
    count_ &= 7;
  }

  // Length in bytes, and -7 to 0 for the unused bits of the last.
  size_t Finish(int32_t* unused_bits) {
    Flush();
    Store64(to_, held_);
    *unused_bits = count_ == 0 ? 0 : static_cast<int32_t>(count_) - 8;
    return static_cast<size_t>(to_ - start_) + (count_ == 0 ? 0 : 1);
  }

 private:
  uint8_t* const start_;
  uint8_t* to_;
  uint64_t held_ = 0;
  uint32_t count_ = 0;
};

// What a symbol does to the state of its coder. Both distances are for the two numbers of bits that it may take.
struct SymbolEntry {
  uint32_t threshold;
  uint32_t bits;
  int32_t more;
  int32_t fewer;
};

void FillSymbols(uint32_t states, const uint16_t* frequencies, size_t symbols, SymbolEntry* table) {
  int32_t first = 0;
  for (size_t symbol = 0; symbol < symbols; symbol++) {
    const uint32_t frequency = frequencies[symbol];
    if (frequency == 0) continue;
    const uint32_t bits = static_cast<uint32_t>(__builtin_clz(frequency) - __builtin_clz(states));
    const int32_t base = first - static_cast<int32_t>(frequency);
    table[symbol] = {(frequency << bits) - states, bits, base + static_cast<int32_t>(states >> bits),
                     bits == 0 ? 0 : base + static_cast<int32_t>(states >> (bits - 1))};
    first += static_cast<int32_t>(frequency);
  }
}

inline void EncodeSymbol(const SymbolEntry& entry, uint32_t* state, ForwardBits* bits) {
  const bool is_more = *state >= entry.threshold;
  const uint32_t count = is_more ? entry.bits : entry.bits - 1;
  bits->Write(*state & ((1u << count) - 1), count);
  *state = static_cast<uint32_t>((is_more ? entry.more : entry.fewer) + static_cast<int32_t>(*state >> count));
}

class Encoder {
 public:
  Encoder(const uint8_t* plain, size_t plain_bytes, uint8_t* packed, size_t packed_bytes)
      : plain_(plain), bytes_(plain_bytes), finder_(plain, plain_bytes), to_(packed), end_(packed + packed_bytes),
        start_(packed) {}

  size_t Run() {
    size_t literals_from = 0;
    // The first byte can't repeat anything.
    for (size_t at = 1; at < finder_.End() && !is_full_;) {
      const Match match = finder_.Find(at, literals_from, last_distance_);
      if (match.length == 0) {
        at += 1 + (at - literals_from) / kPatience;
        continue;
      }
      Add(literals_from, match.at - literals_from, match.length, match.distance);
      finder_.RememberInside(match);
      at = literals_from = match.at + match.length;
    }
    Add(literals_from, bytes_ - literals_from, 0, 1);
    Flush();
    if (is_full_ || end_ - to_ < 4) return 0;
    std::memcpy(to_, "bvx$", 4);
    return static_cast<size_t>(to_ + 4 - start_);
  }

 private:
  // In portions that the alphabets can say.
  void Add(size_t from, size_t literals, size_t match, size_t distance) {
    for (; literals > kLongestLength; literals -= kLongestLength, from += kLongestLength)
      AddOne(from, kLongestLength, 0, 1);
    size_t part = std::min<size_t>(match, kLongestMatch);
    if (literals + part > 0) AddOne(from, literals, part, distance);
    for (match -= part; match > 0; match -= part) {
      part = std::min<size_t>(match, kLongestMatch);
      AddOne(from, 0, part, distance);
    }
  }

  void AddOne(size_t from, size_t literals, size_t match, size_t distance) {
    if (matches_ == kMatchesPerBlock || literal_count_ + literals > kLiteralsPerBlock) Flush();
    std::memcpy(literals_ + literal_count_, plain_ + from, literals);
    literal_count_ += literals;
    // Without a match the distance is never used; the one before costs nothing, and there must be one.
    const bool is_same = distance == last_distance_ || (match == 0 && last_distance_ != 0);
    triples_[matches_++] = {static_cast<uint32_t>(literals), static_cast<uint32_t>(match),
                            is_same ? 0 : static_cast<uint32_t>(distance)};
    if (!is_same) last_distance_ = distance;
    raw_bytes_ += literals + match;
  }

  void Flush() {
    if (matches_ == 0 || is_full_) return;
    WriteBlock();
    matches_ = 0;
    literal_count_ = 0;
    raw_bytes_ = 0;
    last_distance_ = 0;
  }

  void WriteBlock() {
    const size_t literal_count = (literal_count_ + 3) / 4 * 4;
    std::fill(literals_ + literal_count_, literals_ + literal_count, literals_[0]);
    Count(literal_count);
    int32_t literal_bits;
    uint32_t literal_state[4] = {0, 0, 0, 0};
    const size_t literal_bytes = EncodeLiterals(literal_count, literal_state, &literal_bits);
    int32_t match_bits;
    uint32_t state[3] = {0, 0, 0};
    const size_t match_bytes = EncodeTriples(state, &match_bits);
    uint8_t head[32 + 2 * kAllSymbols];
    const size_t head_bytes = 32 + WriteFrequencies(head + 32);
    if (static_cast<size_t>(end_ - to_) < head_bytes + literal_bytes + match_bytes) {
      is_full_ = true;
      return;
    }
    std::memcpy(head, "bvx2", 4);
    Store32(head + 4, static_cast<uint32_t>(raw_bytes_));
    Store64(head + 8, literal_count | uint64_t{literal_bytes} << 20 | uint64_t{matches_} << 40 |
                          static_cast<uint64_t>(literal_bits + 7) << 60);
    Store64(head + 16, literal_state[0] | uint64_t{literal_state[1]} << 10 | uint64_t{literal_state[2]} << 20 |
                           uint64_t{literal_state[3]} << 30 | uint64_t{match_bytes} << 40 |
                           static_cast<uint64_t>(match_bits + 7) << 60);
    Store64(head + 24,
            head_bytes | uint64_t{state[0]} << 32 | uint64_t{state[1]} << 42 | uint64_t{state[2]} << 52);
    Put(head, head_bytes);
    Put(literal_payload_, literal_bytes);
    Put(match_payload_, match_bytes);
  }

  void Put(const uint8_t* bytes, size_t count) {
    std::memcpy(to_, bytes, count);
    to_ += count;
  }

  void Count(size_t literal_count) {
    uint32_t counts[kAllSymbols] = {};
    uint32_t* const matches = counts + kLengthSymbols;
    uint32_t* const distances = matches + kMatchSymbols;
    uint32_t* const literals = distances + kDistanceSymbols;
    for (size_t index = 0; index < matches_; index++) {
      const Triple& triple = triples_[index];
      counts[LengthSymbol(triple.literals)]++;
      matches[MatchSymbol(triple.match)]++;
      distances[DistanceSymbol(triple.distance)]++;
    }
    for (size_t index = 0; index < literal_count; index++) literals[literals_[index]]++;
    Prepare(counts, 0, kLengthSymbols, kLengthStates);
    Prepare(counts, kLengthSymbols, kMatchSymbols, kMatchStates);
    Prepare(counts, kLengthSymbols + kMatchSymbols, kDistanceSymbols, kDistanceStates);
    Prepare(counts, kAllSymbols - kLiteralSymbols, kLiteralSymbols, kLiteralStates);
  }

  void Prepare(const uint32_t* counts, size_t from, size_t symbols, uint32_t states) {
    ScaleFrequencies(counts + from, symbols, states, frequencies_ + from);
    FillSymbols(states, frequencies_ + from, symbols, entries_ + from);
  }

  // Backwards, as the decoder reads from the end: four coders in turn.
  size_t EncodeLiterals(size_t count, uint32_t* state, int32_t* unused_bits) {
    const SymbolEntry* const entries = entries_ + kAllSymbols - kLiteralSymbols;
    ForwardBits bits(literal_payload_);
    for (size_t index = count; index > 0; index -= 4) {
      for (size_t coder = 4; coder-- > 0;)
        EncodeSymbol(entries[literals_[index - 4 + coder]], &state[coder], &bits);
      bits.Flush();
    }
    return bits.Finish(unused_bits);
  }

  size_t EncodeTriples(uint32_t* state, int32_t* unused_bits) {
    const SymbolEntry* const match_entries = entries_ + kLengthSymbols;
    const SymbolEntry* const distance_entries = match_entries + kMatchSymbols;
    ForwardBits bits(match_payload_);
    // Some decoders load eight bytes at a time, also before the first bit that they need.
    bits.Write(0, 32);
    bits.Flush();
    bits.Write(0, 32);
    bits.Flush();
    for (size_t index = matches_; index-- > 0;) {
      const Triple& triple = triples_[index];
      const size_t distance = DistanceSymbol(triple.distance);
      bits.Write(triple.distance - static_cast<uint32_t>(kDistanceBase[distance]), kDistanceBits[distance]);
      EncodeSymbol(distance_entries[distance], &state[2], &bits);
      const size_t match = MatchSymbol(triple.match);
      bits.Write(triple.match - static_cast<uint32_t>(kMatchBase[match]), kMatchBits[match]);
      EncodeSymbol(match_entries[match], &state[1], &bits);
      bits.Flush();
      const size_t length = LengthSymbol(triple.literals);
      bits.Write(triple.literals - static_cast<uint32_t>(kLengthBase[length]), kLengthBits[length]);
      EncodeSymbol(entries_[length], &state[0], &bits);
      bits.Flush();
    }
    return bits.Finish(unused_bits);
  }

  // A prefix code of 2, 3, 5, 8 or 14 bits, lowest bit first.
  size_t WriteFrequencies(uint8_t* to) const {
    ForwardBits bits(to);
    for (const uint32_t frequency : frequencies_) {
      if (frequency < 2)
        bits.Write(frequency << 1, 2);
      else if (frequency < 4)
        bits.Write((frequency - 2) << 2 | 1, 3);
      else if (frequency < 8)
        bits.Write((frequency - 4) << 3 | 3, 5);
      else if (frequency < 24)
        bits.Write((frequency - 8) << 4 | 7, 8);
      else
        bits.Write((frequency - 24) << 4 | 15, 14);
      bits.Flush();
    }
    int32_t unused_bits;
    return bits.Finish(&unused_bits);
  }

  struct Triple {
    uint32_t literals;
    uint32_t match;
    uint32_t distance;  // 0: that of the match before
  };

  const uint8_t* const plain_;
  const size_t bytes_;
  MatchFinder finder_;
  uint8_t* to_;
  uint8_t* const end_;
  uint8_t* const start_;
  bool is_full_ = false;
  size_t matches_ = 0;
  size_t literal_count_ = 0;
  size_t raw_bytes_ = 0;
  size_t last_distance_ = 0;
  Triple triples_[kMatchesPerBlock];
  uint8_t literals_[kLiteralsPerBlock];
  uint16_t frequencies_[kAllSymbols];
  SymbolEntry entries_[kAllSymbols];
  // No symbol of a literal takes more than 10 bits, no triple more than 54; and eight bytes are stored at a time.
  uint8_t literal_payload_[kLiteralsPerBlock * 10 / 8 + 16];
  uint8_t match_payload_[8 + kMatchesPerBlock * 54 / 8 + 16];
};

}  // namespace

size_t Encode(const uint8_t* plain, size_t plain_bytes, uint8_t* packed, size_t packed_bytes) {
  // Too large for the stack of a pool's thread.
  return std::make_unique<Encoder>(plain, plain_bytes, packed, packed_bytes)->Run();
}

}  // namespace codec
