// Damages LZFSE streams and decodes them, and encodes and decodes what comes of it: `npm run fuzz -- --sanitize` builds this
// with the sanitizers, which end it at the first byte that is touched outside of a buffer. Every buffer is as long as it
// may be used, and not a byte longer.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "decoder.h"
#include "encoder.h"

namespace {

using Bytes = std::vector<uint8_t>;

struct Seed {
  Bytes packed;
  size_t plain_bytes;
};

Bytes Damaged(Bytes bytes, std::mt19937& random) {
  const auto below = [&](size_t limit) { return limit == 0 ? 0 : random() % limit; };
  for (size_t times = 1 + below(6); times > 0 && !bytes.empty(); times--) {
    const size_t at = below(below(2) == 0 ? std::min<size_t>(bytes.size(), 64) : bytes.size());
    const size_t length = std::min<size_t>(1 + below(32), bytes.size() - at);
    const auto from = bytes.begin() + static_cast<ptrdiff_t>(at);
    switch (below(6)) {
      case 0:
      case 1:
        bytes[at] ^= static_cast<uint8_t>(1 << below(8));
        break;
      case 2:
        bytes[at] = static_cast<uint8_t>(below(256));
        break;
      case 3:
        bytes.erase(from, from + static_cast<ptrdiff_t>(length));
        break;
      case 4: {
        const Bytes part(from, from + static_cast<ptrdiff_t>(length));
        bytes.insert(from, part.begin(), part.end());
        break;
      }
      default:
        if (below(4) == 0)
          bytes.resize(at);
        else
          std::fill_n(from, length, static_cast<uint8_t>(below(256)));
    }
  }
  bytes.shrink_to_fit();
  return bytes;
}

// False if what was encoded does not come back.
bool ComesBack(const Bytes& plain) {
  Bytes packed(plain.size());
  const size_t length = codec::Encode(plain.data(), plain.size(), packed.data(), packed.size());
  if (length == 0) return true;
  packed.resize(length);
  packed.shrink_to_fit();
  Bytes back(plain.size());
  return codec::Decode(packed.data(), packed.size(), back.data(), back.size()).reason == nullptr && back == plain;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5 || argc % 2 == 0) {
    std::fprintf(stderr, "usage: fuzz COUNT SEED (FILE PLAIN-BYTES)...\n");
    return 64;
  }
  const size_t count = std::strtoull(argv[1], nullptr, 10);
  std::mt19937 random(static_cast<uint32_t>(std::strtoul(argv[2], nullptr, 10)));
  std::vector<Seed> seeds;
  for (int index = 3; index < argc; index += 2) {
    std::ifstream file(argv[index], std::ios::binary);
    seeds.push_back({Bytes(std::istreambuf_iterator<char>(file), {}), std::strtoull(argv[index + 1], nullptr, 10)});
  }
  size_t accepted = 0;
  for (size_t number = 0; number < count; number++) {
    const Seed& seed = seeds[random() % seeds.size()];
    const Bytes packed = Damaged(seed.packed, random);
    Bytes plain(random() % 4 > 0 ? seed.plain_bytes : random() % (seed.plain_bytes + 100));
    if (codec::Decode(packed.data(), packed.size(), plain.data(), plain.size()).reason == nullptr) accepted++;
    // What a damaged stream left behind is as odd an input as any.
    if (number % 64 == 0 && !ComesBack(plain)) {
      std::fprintf(stderr, "case %zu did not come back\n", number);
      return 1;
    }
  }
  std::printf("%zu damaged streams, %zu of them still of use: nothing outside of the buffers was touched.\n", count, accepted);
  return 0;
}
