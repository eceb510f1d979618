// One layer of a disk: Apple's framing of LZ4 in, a range of a sparse file out.
//
//   "bv41" u32 plain u32 encoded, then an LZ4 block     "bv4-" u32 plain, then the bytes     "bv4$" the end
//
// All numbers are little-endian. A block may refer to the 64 KiB of plain bytes before it. Nothing that arrives is
// trusted: sizes are bounded before memory is taken, and the file is never written outside of the layer's own range.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "sparse-file.h"

namespace transfer {

// How far back a block may refer: LZ4's offsets have 16 bits.
constexpr size_t kWindowBytes = 64 * 1024;

// Apple's encoder makes blocks of at most 64 KiB; others may be larger, up to here.
constexpr uint32_t kLargestBlockBytes = 4 * 1024 * 1024;

// What is gathered before it is written.
constexpr size_t kGatherBytes = 4 * 1024 * 1024;

// Memory that a decoder works in: the window, then what waits, which a block of the largest size may follow a ragged end
// of. Both begin where in a page their bytes lie in the file.
constexpr size_t kMemoryBytes = kWindowBytes + 2 * kDirectAlignment + kGatherBytes;

// Is given every plain byte once and in order, before it is written; false to stop.
using PlainSink = std::function<bool(const uint8_t* bytes, size_t length)>;

struct DecoderOptions {
  int fd;
  int direct_fd;
  bool write_zeros;
  uint64_t keep_free;      // see SparseFile
  uint64_t offset;         // of the layer in the file
  uint64_t plain_bytes;    // that the layer must make
  uint64_t encoded_start;  // where a cut-off transfer goes on, at the border of two blocks
  uint64_t plain_start;
};

class Decoder {
 public:
  // `memory` are kMemoryBytes, at the border of a page, which outlive the decoder. `dictionary` are the plain bytes before
  // `plain_start`, up to kWindowBytes of them.
  Decoder(const DecoderOptions& options, uint8_t* memory, const uint8_t* dictionary, size_t dictionary_bytes);

  // Takes the next bytes of the stream. False if the stream is damaged (`reason`), the file could not be written
  // (`number`) or the sink stopped it (neither); the decoder is of no use then.
  bool Push(const uint8_t* bytes, size_t length, const PlainSink& sink);

  // Writes all that was decoded. After it, `encoded` and `plain` are where another decoder could go on.
  bool Checkpoint(const PlainSink& sink);

  // Whether the stream ended where it should have; writes the rest.
  bool Finish(const PlainSink& sink);

  uint64_t encoded() const { return encoded_; }
  uint64_t plain() const { return plain_; }
  const char* reason() const { return reason_; }
  int number() const { return number_; }

 private:
  enum class Block { kCompressed, kStored, kEnd };

  bool TakeHeader(const uint8_t*& bytes, size_t& length, const PlainSink& sink);
  bool BeginBlock(const PlainSink& sink);
  bool TakePayload(const uint8_t*& bytes, size_t& length, const PlainSink& sink);
  bool EndBlock(const uint8_t* payload, const PlainSink& sink);
  bool Reserve(size_t bytes, const PlainSink& sink);
  bool Flush(bool everything, const PlainSink& sink);
  void MoveToFront();
  bool Damaged(const char* reason);
  uint64_t FileOffset(uint64_t plain) const { return offset_ + plain; }

  SparseFile file_;
  const uint64_t offset_;
  const uint64_t plain_bytes_;

  uint64_t encoded_;  // bytes of the stream up to the last whole block
  uint64_t plain_;    // bytes decoded
  uint64_t flushed_;  // of these, in the file for good

  // [first_, flush_) was written and is kept for reference, [flush_, end_) waits.
  uint8_t* const buffer_;
  size_t first_ = 0;
  size_t flush_ = 0;
  size_t end_ = 0;

  uint8_t header_[12];
  size_t header_have_ = 0;
  Block block_ = Block::kEnd;
  bool in_payload_ = false;
  bool ended_ = false;
  uint32_t block_plain_ = 0;
  uint32_t block_encoded_ = 0;
  std::vector<uint8_t> payload_;  // what has come of a block that is in more than one piece

  const char* reason_ = nullptr;
  int number_ = 0;
};

}  // namespace transfer
