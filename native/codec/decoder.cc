#include "decoder.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "format.h"

namespace codec {

void Output::Repeat(size_t distance, size_t length) {
  uint8_t* to = next;
  const uint8_t* from = to - distance;
  next += length;
  // Copies of a fixed size may run over the end of the match, so they need room behind it.
  if (distance >= 16 && static_cast<size_t>(end - to) >= length + 16) {
    for (uint8_t* const last = to + length; to < last; to += 16, from += 16) std::memcpy(to, from, 16);
  } else if (distance == 1) {
    std::memset(to, *from, length);
  } else if (distance >= length) {
    std::memcpy(to, from, length);
  } else {
    for (size_t index = 0; index < length; index++) to[index] = from[index];
  }
}

namespace {

struct LzfseHeader {
  size_t header_bytes;
  uint32_t raw_bytes;
  uint32_t literals;
  uint32_t literal_payload_bytes;
  int32_t literal_bits;
  uint32_t literal_state[4];
  uint32_t matches;
  uint32_t match_payload_bytes;
  int32_t match_bits;
  uint32_t length_state;
  uint32_t match_state;
  uint32_t distance_state;
  uint16_t frequencies[kAllSymbols];  // of L, M, D, literals
};

struct NumberEntry {
  uint8_t total_bits;
  uint8_t extra_bits;
  int16_t next_base;
  int32_t base;
};

struct LiteralEntry {
  int16_t next_base;
  uint8_t bits;
  uint8_t symbol;
};

// Calls visit(state, symbol, state_bits, next_base) for every state.
template <typename Visit>
void EachState(uint32_t states, const uint16_t* frequencies, size_t symbols, Visit visit) {
  uint32_t state = 0;
  for (size_t symbol = 0; symbol < symbols; symbol++) {
    const uint32_t frequency = frequencies[symbol];
    if (frequency == 0) continue;
    const int shift = __builtin_clz(frequency) - __builtin_clz(states);
    const uint32_t longer = (2 * states >> shift) - frequency;
    for (uint32_t index = 0; index < frequency; index++, state++) {
      if (index < longer)
        visit(state, symbol, shift, static_cast<int>((frequency + index) << shift) - static_cast<int>(states));
      else
        visit(state, symbol, shift - 1, static_cast<int>((index - longer) << (shift - 1)));
    }
  }
}

void FillNumbers(uint32_t states, const uint16_t* frequencies, size_t symbols, const uint8_t* extra_bits,
                 const int32_t* base, NumberEntry* table) {
  EachState(states, frequencies, symbols, [&](uint32_t state, size_t symbol, int bits, int next) {
    table[state] = {static_cast<uint8_t>(bits + extra_bits[symbol]), extra_bits[symbol], static_cast<int16_t>(next),
                    base[symbol]};
  });
}

// Bits of a payload from its end to its beginning. Holds a copy with room on both sides, so that eight bytes can be loaded
// at any place.
class BackwardBits {
 public:
  static constexpr size_t kPadding = 8;
  // What one Window() gives, which covers four literals (40) or one triple (54).
  static constexpr size_t kWindowBits = 56;

  bool Open(const uint8_t* payload, size_t bytes, int32_t unused_bits) {
    if (static_cast<int64_t>(bytes) * 8 + unused_bits < 0) return false;
    if (bytes > 0 && payload[bytes - 1] >> (8 + unused_bits) != 0) return false;
    copy_.assign(bytes + 2 * kPadding, 0);
    std::copy_n(payload, bytes, copy_.data() + kPadding);
    position_ = (kPadding + bytes) * 8 + static_cast<size_t>(static_cast<ptrdiff_t>(unused_bits));
    return true;
  }

  // The next 56 bits, the first of them highest.
  uint64_t Window() const {
    const size_t from = position_ - kWindowBits;
    return Load64(copy_.data() + (from >> 3)) >> (from & 7) << 8;
  }

  // False if there were not so many.
  bool Use(size_t count) {
    position_ -= count;
    return position_ >= kPadding * 8;
  }

 private:
  std::vector<uint8_t> copy_;
  size_t position_ = kPadding * 8;
};

// Takes the highest bits of a window.
inline uint32_t Take(uint64_t* window, uint32_t count) {
  const uint32_t bits = static_cast<uint32_t>(*window >> 1 >> (63 - count));
  *window <<= count;
  return bits;
}

constexpr const char* kTooFewBits = "a coder needs more bits than there are";
constexpr size_t kCopyBytes = 16;

class Decoder {
 public:
  Decoder(const uint8_t* packed, size_t packed_bytes, uint8_t* plain, size_t plain_bytes)
      : packed_(packed), bytes_(packed_bytes), output_{plain, plain, plain + plain_bytes} {}

  Damage Run() {
    for (;;) {
      bool is_end = false;
      const Damage damage = Block(&is_end);
      if (damage.reason != nullptr) return damage;
      if (is_end) break;
    }
    if (output_.Room() > 0) return {"it holds less than was said", bytes_};
    return {};
  }

 private:
  size_t Left() const { return bytes_ - at_; }

  Damage Block(bool* is_end) {
    const uint8_t* const head = packed_ + at_;
    const auto is = [&](const char* magic) { return Left() >= 4 && std::memcmp(head, magic, 4) == 0; };
    if (is("bvx$")) {
      *is_end = true;
      at_ += 4;
      return Left() == 0 ? Damage{} : Damage{"something follows the end", at_};
    }
    if (is("bvx-")) return Stored(head);
    if (is("bvxn")) return Lzvn(head);
    if (is("bvx1")) return Lzfse(head, &Decoder::ReadFirstVersion);
    if (is("bvx2")) return Lzfse(head, &Decoder::ReadSecondVersion);
    if (Left() < 4) return {"it ends where a block should begin", bytes_};
    return {"no block of LZFSE begins here", at_};
  }

  Damage HeadCutOff() const { return {"the head of a block is cut off", bytes_}; }
  Damage BlockCutOff() const { return {"a block is cut off", bytes_}; }
  Damage TooMuch() const { return {"it holds more than was said", at_}; }

  Damage Stored(const uint8_t* head) {
    if (Left() < 8) return HeadCutOff();
    const size_t raw = Load32(head + 4);
    if (raw > Left() - 8) return BlockCutOff();
    if (raw > output_.Room()) return TooMuch();
    std::memcpy(output_.next, head + 8, raw);
    output_.next += raw;
    at_ += 8 + raw;
    return {};
  }

  Damage Lzvn(const uint8_t* head) {
    if (Left() < 12) return HeadCutOff();
    const size_t raw = Load32(head + 4);
    const size_t payload = Load32(head + 8);
    if (payload > Left() - 12) return BlockCutOff();
    bool is_full;
    const Damage damage = DecodeLzvn(head + 12, payload, raw, at_ + 12, &output_, &is_full);
    if (damage.reason != nullptr) return damage;
    if (is_full) return TooMuch();
    at_ += 12 + payload;
    return {};
  }

  Damage Lzfse(const uint8_t* head, Damage (Decoder::*read)(const uint8_t*)) {
    Damage damage = (this->*read)(head);
    if (damage.reason == nullptr) damage = CheckHeader();
    if (damage.reason != nullptr) return damage;
    const size_t payload = size_t{header_.literal_payload_bytes} + header_.match_payload_bytes;
    if (payload > Left() - header_.header_bytes) return BlockCutOff();
    const size_t literals_at = at_ + header_.header_bytes;
    damage = Literals(literals_at);
    if (damage.reason != nullptr) return damage;
    bool is_full = false;
    damage = Matches(literals_at + header_.literal_payload_bytes, &is_full);
    if (damage.reason != nullptr) return damage;
    if (is_full) return TooMuch();
    at_ += header_.header_bytes + payload;
    return {};
  }

  Damage ReadFirstVersion(const uint8_t* head) {
    constexpr size_t kBytes = 772;
    if (Left() < kBytes) return HeadCutOff();
    header_.header_bytes = kBytes;
    header_.raw_bytes = Load32(head + 4);
    header_.literals = Load32(head + 12);
    header_.matches = Load32(head + 16);
    header_.literal_payload_bytes = Load32(head + 20);
    header_.match_payload_bytes = Load32(head + 24);
    header_.literal_bits = static_cast<int32_t>(Load32(head + 28));
    for (size_t index = 0; index < 4; index++) header_.literal_state[index] = Load16(head + 32 + 2 * index);
    header_.match_bits = static_cast<int32_t>(Load32(head + 40));
    header_.length_state = Load16(head + 44);
    header_.match_state = Load16(head + 46);
    header_.distance_state = Load16(head + 48);
    for (size_t index = 0; index < kAllSymbols; index++) header_.frequencies[index] = Load16(head + 50 + 2 * index);
    return {};
  }

  Damage ReadSecondVersion(const uint8_t* head) {
    constexpr size_t kFixedBytes = 32;
    constexpr size_t kMostBytes = 772;
    if (Left() < kFixedBytes) return HeadCutOff();
    const uint64_t first = Load64(head + 8);
    const uint64_t second = Load64(head + 16);
    const uint64_t third = Load64(head + 24);
    const auto field = [](uint64_t word, int shift, int width) {
      return static_cast<uint32_t>(word >> shift & ((uint64_t{1} << width) - 1));
    };
    header_.header_bytes = field(third, 0, 32);
    if (header_.header_bytes < kFixedBytes || header_.header_bytes > kMostBytes)
      return {"the head of a block has an impossible length", at_ + 24};
    if (header_.header_bytes > Left()) return HeadCutOff();
    header_.raw_bytes = Load32(head + 4);
    header_.literals = field(first, 0, 20);
    header_.literal_payload_bytes = field(first, 20, 20);
    header_.matches = field(first, 40, 20);
    header_.literal_bits = static_cast<int32_t>(field(first, 60, 3)) - 7;
    for (int index = 0; index < 4; index++) header_.literal_state[index] = field(second, 10 * index, 10);
    header_.match_payload_bytes = field(second, 40, 20);
    header_.match_bits = static_cast<int32_t>(field(second, 60, 3)) - 7;
    header_.length_state = field(third, 32, 10);
    header_.match_state = field(third, 42, 10);
    header_.distance_state = field(third, 52, 10);
    return ReadFrequencies(head, kFixedBytes);
  }

  // A prefix code of 2, 3, 5, 8 or 14 bits, lowest bit first.
  Damage ReadFrequencies(const uint8_t* head, size_t from) {
    uint64_t held = 0;
    uint32_t held_bits = 0;
    size_t at = from;
    for (size_t index = 0; index < kAllSymbols; index++) {
      while (held_bits <= 24 && at < header_.header_bytes) {
        held |= uint64_t{head[at++]} << held_bits;
        held_bits += 8;
      }
      const uint32_t bits = static_cast<uint32_t>(held);
      uint32_t length;
      uint32_t frequency;
      if ((bits & 1) == 0) {
        length = 2;
        frequency = bits >> 1 & 1;
      } else if ((bits & 2) == 0) {
        length = 3;
        frequency = 2 + (bits >> 2 & 1);
      } else if ((bits & 4) == 0) {
        length = 5;
        frequency = 4 + (bits >> 3 & 3);
      } else if ((bits & 8) == 0) {
        length = 8;
        frequency = 8 + (bits >> 4 & 15);
      } else {
        length = 14;
        frequency = 24 + (bits >> 4 & 1023);
      }
      if (length > held_bits) return {"its table of frequencies is cut off", at_ + at};
      header_.frequencies[index] = static_cast<uint16_t>(frequency);
      held >>= length;
      held_bits -= length;
    }
    if (at != header_.header_bytes || held_bits >= 8 || held != 0)
      return {"its table of frequencies has another length than it says", at_ + at};
    return {};
  }

  Damage CheckHeader() const {
    const auto is_bit_count = [](int32_t bits) { return bits >= -7 && bits <= 0; };
    if (header_.literals > kLiteralsPerBlock || header_.literals % 4 != 0)
      return {"a block has an impossible number of literals", at_};
    if (header_.matches > kMatchesPerBlock) return {"a block has too many matches", at_};
    if (!is_bit_count(header_.literal_bits) || !is_bit_count(header_.match_bits))
      return {"a block ends between its bits", at_};
    if (header_.literal_payload_bytes >= 1 << 20 || header_.match_payload_bytes >= 1 << 20)
      return {"a block is too long", at_};
    for (const uint32_t state : header_.literal_state)
      if (state >= kLiteralStates) return {"a coder begins in no state of its own", at_};
    const struct {
      uint32_t state;
      size_t symbols;
      uint32_t states;
    } coders[] = {{header_.length_state, kLengthSymbols, kLengthStates},
                  {header_.match_state, kMatchSymbols, kMatchStates},
                  {header_.distance_state, kDistanceSymbols, kDistanceStates},
                  {0, kLiteralSymbols, kLiteralStates}};
    const uint16_t* frequency = header_.frequencies;
    for (const auto& coder : coders) {
      if (coder.state >= coder.states) return {"a coder begins in no state of its own", at_};
      uint32_t sum = 0;
      for (size_t index = 0; index < coder.symbols; index++) sum += *frequency++;
      if (sum != coder.states) return {"the frequencies of a block do not add up", at_};
    }
    return {};
  }

  Damage Literals(size_t origin) {
    const size_t bytes = header_.literal_payload_bytes;
    EachState(kLiteralStates, header_.frequencies + kLengthSymbols + kMatchSymbols + kDistanceSymbols, kLiteralSymbols,
              [&](uint32_t state, size_t symbol, int bits, int next) {
                literal_table_[state] = {static_cast<int16_t>(next), static_cast<uint8_t>(bits),
                                         static_cast<uint8_t>(symbol)};
              });
    if (!bits_.Open(packed_ + origin, bytes, header_.literal_bits))
      return {"a coder does not end where it says", origin + bytes};
    uint32_t state[4];
    std::copy_n(header_.literal_state, 4, state);
    for (uint32_t index = 0; index < header_.literals; index += 4) {
      uint64_t window = bits_.Window();
      uint32_t used = 0;
      for (int coder = 0; coder < 4; coder++) {
        const LiteralEntry entry = literal_table_[state[coder]];
        literals_[index + coder] = entry.symbol;
        state[coder] = static_cast<uint32_t>(entry.next_base + static_cast<int32_t>(Take(&window, entry.bits)));
        used += entry.bits;
      }
      if (!bits_.Use(used)) return {kTooFewBits, origin};
    }
    return {};
  }

  Damage Matches(size_t origin, bool* is_full) {
    const uint16_t* frequencies = header_.frequencies;
    FillNumbers(kLengthStates, frequencies, kLengthSymbols, kLengthBits, kLengthBase, length_table_);
    FillNumbers(kMatchStates, frequencies + kLengthSymbols, kMatchSymbols, kMatchBits, kMatchBase, match_table_);
    FillNumbers(kDistanceStates, frequencies + kLengthSymbols + kMatchSymbols, kDistanceSymbols, kDistanceBits,
                kDistanceBase, distance_table_);
    if (!bits_.Open(packed_ + origin, header_.match_payload_bytes, header_.match_bits))
      return {"a coder does not end where it says", origin + header_.match_payload_bytes};
    uint32_t states[3] = {header_.length_state, header_.match_state, header_.distance_state};
    size_t literals_used = 0;
    size_t left = header_.raw_bytes;
    size_t distance = 0;
    for (uint32_t index = 0; index < header_.matches; index++) {
      const NumberEntry entries[3] = {length_table_[states[0]], match_table_[states[1]], distance_table_[states[2]]};
      uint64_t window = bits_.Window();
      size_t numbers[3];
      for (int coder = 0; coder < 3; coder++) {
        const NumberEntry& entry = entries[coder];
        const uint32_t bits = Take(&window, entry.total_bits);
        states[coder] = static_cast<uint32_t>(entry.next_base + static_cast<int32_t>(bits >> entry.extra_bits));
        numbers[coder] = static_cast<uint32_t>(entry.base) + (bits & ((1u << entry.extra_bits) - 1));
      }
      if (!bits_.Use(entries[0].total_bits + size_t{entries[1].total_bits} + entries[2].total_bits))
        return {kTooFewBits, origin};
      const size_t literals = numbers[0];
      const size_t match = numbers[1];
      if (numbers[2] != 0) distance = numbers[2];
      if (literals_used + literals > header_.literals) return {"a block uses more literals than it has", origin};
      if (literals + match > left) return {"a block holds more than it says", origin};
      if (output_.Room() < literals + match) {
        *is_full = true;
        return {};
      }
      AppendLiterals(literals_ + literals_used, literals);
      if (match > 0) {
        if (distance == 0 || distance > output_.Done()) return {"a match reaches before the beginning", origin};
        output_.Repeat(distance, match);
      }
      literals_used += literals;
      left -= literals + match;
    }
    if (left > 0) return {"a block holds less than it says", origin};
    return {};
  }

  // Short runs are the rule, so they are copied in pieces of a fixed size where there is room for all of the last one.
  void AppendLiterals(const uint8_t* from, size_t count) {
    uint8_t* const to = output_.next;
    if (output_.Room() >= count + kCopyBytes)
      for (size_t index = 0; index < count; index += kCopyBytes) std::memcpy(to + index, from + index, kCopyBytes);
    else
      std::memcpy(to, from, count);
    output_.next += count;
  }

  const uint8_t* const packed_;
  const size_t bytes_;
  size_t at_ = 0;
  Output output_;
  LzfseHeader header_{};
  BackwardBits bits_;
  NumberEntry length_table_[kLengthStates];
  NumberEntry match_table_[kMatchStates];
  NumberEntry distance_table_[kDistanceStates];
  LiteralEntry literal_table_[kLiteralStates];
  uint8_t literals_[kLiteralsPerBlock + kCopyBytes];
};

}  // namespace

Damage Decode(const uint8_t* packed, size_t packed_bytes, uint8_t* plain, size_t plain_bytes) {
  // Too large for the stack of a pool's thread.
  return std::make_unique<Decoder>(packed, packed_bytes, plain, plain_bytes)->Run();
}

}  // namespace codec
