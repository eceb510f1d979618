#include "decoder.h"

#include <lz4.h>

#include <algorithm>
#include <cstring>


namespace transfer {

namespace {

uint32_t LittleEndian(const uint8_t* bytes) {
  return static_cast<uint32_t>(bytes[0]) | static_cast<uint32_t>(bytes[1]) << 8 |
         static_cast<uint32_t>(bytes[2]) << 16 | static_cast<uint32_t>(bytes[3]) << 24;
}

// Where in the buffer the byte of this file offset lies, so that memory and file are aligned alike.
size_t FrontOf(uint64_t file_offset) { return kWindowBytes + static_cast<size_t>(file_offset % kDirectAlignment); }

// Whether a match of this LZ4 block has offset 0. The format calls that damage, and Apple's decoder refuses it; LZ4's own
// makes zeros of it. What else may be wrong with the block is for that decoder to find: both read every sequence up to
// the last byte, so a block that it takes was walked to its end here.
bool HasMatchAtZero(const uint8_t* at, size_t length) {
  const uint8_t* const end = at + length;
  while (at < end) {
    const uint8_t token = *at++;
    size_t literals = token >> 4;
    if (literals == 15) {
      uint8_t more = 255;
      while (more == 255 && at < end) literals += more = *at++;
    }
    // The last sequence ends with its literals.
    if (static_cast<size_t>(end - at) < literals + 2) return false;
    at += literals;
    if ((at[0] | at[1]) == 0) return true;
    at += 2;
    if ((token & 15) == 15)
      while (at < end && *at++ == 255) continue;
  }
  return false;
}

}  // namespace

static_assert(kLargestBlockBytes <= kGatherBytes, "a block of the largest size must find room after a flush");

Decoder::Decoder(const DecoderOptions& options, uint8_t* memory, const uint8_t* dictionary, size_t dictionary_bytes)
    : file_(options.fd, options.direct_fd, options.write_zeros, options.keep_free),
      offset_(options.offset),
      plain_bytes_(options.plain_bytes),
      encoded_(options.encoded_start),
      plain_(options.plain_start),
      flushed_(options.plain_start),
      buffer_(memory) {
  flush_ = end_ = first_ = FrontOf(FileOffset(plain_));
  const size_t known = std::min(dictionary_bytes, kWindowBytes);
  first_ = end_ - known;
  if (known > 0) std::memcpy(buffer_ + first_, dictionary + dictionary_bytes - known, known);
}

bool Decoder::Damaged(const char* reason) {
  reason_ = reason;
  return false;
}

bool Decoder::Push(const uint8_t* bytes, size_t length, const PlainSink& sink) {
  while (length > 0) {
    if (ended_) return Damaged("bytes follow its end");
    if (!(in_payload_ ? TakePayload(bytes, length, sink) : TakeHeader(bytes, length, sink))) return false;
  }
  return true;
}

bool Decoder::TakeHeader(const uint8_t*& bytes, size_t& length, const PlainSink& sink) {
  for (;;) {
    size_t wanted = 4;
    if (header_have_ >= 4) {
      if (std::memcmp(header_, "bv41", 4) == 0) {
        block_ = Block::kCompressed;
        wanted = 12;
      } else if (std::memcmp(header_, "bv4-", 4) == 0) {
        block_ = Block::kStored;
        wanted = 8;
      } else if (std::memcmp(header_, "bv4$", 4) == 0) {
        ended_ = true;
        encoded_ += 4;
        return true;
      } else {
        return Damaged("a block begins with unknown letters");
      }
      if (header_have_ == wanted) return BeginBlock(sink);
    }
    if (length == 0) return true;
    const size_t taken = std::min(length, wanted - header_have_);
    std::memcpy(header_ + header_have_, bytes, taken);
    header_have_ += taken;
    bytes += taken;
    length -= taken;
  }
}

bool Decoder::BeginBlock(const PlainSink& sink) {
  block_plain_ = LittleEndian(header_ + 4);
  block_encoded_ = block_ == Block::kCompressed ? LittleEndian(header_ + 8) : block_plain_;
  if (block_plain_ > kLargestBlockBytes ||
      block_encoded_ > static_cast<uint32_t>(LZ4_COMPRESSBOUND(kLargestBlockBytes)))
    return Damaged("a block is larger than any encoder makes it");
  if (block_plain_ > plain_bytes_ - plain_) return Damaged("it holds more data than its size says");
  if (block_ == Block::kCompressed && block_encoded_ == 0) return Damaged("a block has no data");
  payload_.clear();
  in_payload_ = true;
  return block_encoded_ > 0 || EndBlock(nullptr, sink);
}

bool Decoder::TakePayload(const uint8_t*& bytes, size_t& length, const PlainSink& sink) {
  const size_t missing = block_encoded_ - payload_.size();
  const size_t taken = std::min(length, missing);
  const uint8_t* from = bytes;
  bytes += taken;
  length -= taken;
  if (payload_.empty() && taken == missing) return EndBlock(from, sink);
  // Grows with what really arrives, whatever the header promised.
  payload_.insert(payload_.end(), from, from + taken);
  return taken < missing || EndBlock(payload_.data(), sink);
}

bool Decoder::EndBlock(const uint8_t* payload, const PlainSink& sink) {
  if (!Reserve(block_plain_, sink)) return false;
  uint8_t* const target = buffer_ + end_;
  if (block_ == Block::kStored) {
    if (block_plain_ > 0) std::memcpy(target, payload, block_plain_);
  } else {
    if (HasMatchAtZero(payload, block_encoded_)) return Damaged("a block can't be unpacked");
    const size_t window = std::min(kWindowBytes, end_ - first_);
    const int made = LZ4_decompress_safe_usingDict(
        reinterpret_cast<const char*>(payload), reinterpret_cast<char*>(target), static_cast<int>(block_encoded_),
        static_cast<int>(block_plain_), reinterpret_cast<const char*>(target - window), static_cast<int>(window));
    if (made < 0 || static_cast<uint32_t>(made) != block_plain_) return Damaged("a block can't be unpacked");
  }
  end_ += block_plain_;
  plain_ += block_plain_;
  encoded_ += header_have_ + block_encoded_;
  header_have_ = 0;
  in_payload_ = false;
  return true;
}

// Makes room for so many bytes after end_, which are no more than a block may have.
bool Decoder::Reserve(size_t bytes, const PlainSink& sink) {
  if (end_ + bytes <= kMemoryBytes) return true;
  if (!Flush(false, sink)) return false;
  MoveToFront();
  return true;
}

// Writes what waits; unless it must be `everything`, a ragged end waits for what completes it.
bool Decoder::Flush(bool everything, const PlainSink& sink) {
  size_t length = end_ - flush_;
  if (!everything && file_.WantsAlignment()) {
    const size_t ragged = static_cast<size_t>(FileOffset(plain_) % kDirectAlignment);
    length = length > ragged ? length - ragged : 0;
  }
  if (length == 0) return true;
  if (!sink(buffer_ + flush_, length)) return false;
  number_ = file_.Write(buffer_ + flush_, length, FileOffset(flushed_));
  if (number_ != 0) return false;
  flush_ += length;
  flushed_ += length;
  return true;
}

// Keeps the window and what waits.
void Decoder::MoveToFront() {
  const size_t kept = std::min(kWindowBytes, flush_ - first_);
  const size_t front = FrontOf(FileOffset(flushed_));
  std::memmove(buffer_ + front - kept, buffer_ + flush_ - kept, kept + end_ - flush_);
  end_ = front + (end_ - flush_);
  first_ = front - kept;
  flush_ = front;
}

bool Decoder::Checkpoint(const PlainSink& sink) { return Flush(true, sink); }

bool Decoder::Finish(const PlainSink& sink) {
  if (!ended_) return Damaged("it ends too early");
  if (plain_ != plain_bytes_) return Damaged("it holds less data than its size says");
  return Flush(true, sink);
}

}  // namespace transfer
