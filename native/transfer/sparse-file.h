// Writing a part of a disk so that runs of zeros stay holes, past the page cache where the file system lets us: an image
// is larger than memory and nobody reads it right after, so caching it would only push out what others use.

#pragma once

#include <cstddef>
#include <cstdint>

namespace transfer {

// Zeros are looked for in cells of this size, on a grid of the file: small enough for the gaps between a guest's files,
// large enough that a disk full of small gaps does not become millions of extents.
constexpr size_t kCellBytes = 64 * 1024;

// What O_DIRECT asks of offsets, lengths and addresses on every common drive.
constexpr size_t kDirectAlignment = 4096;

class SparseFile {
 public:
  // `direct_fd` is open with O_DIRECT on the same file, or -1. Neither is closed here. So many bytes stay free on the
  // volume for others: a write that would take of them fails with ENOSPC, as if the volume ended there.
  SparseFile(int fd, int direct_fd, bool write_zeros, uint64_t keep_free)
      : fd_(fd), direct_fd_(direct_fd), write_zeros_(write_zeros), keep_free_(keep_free) {}

  // Writes what is not zero; the holes must be holes already unless `write_zeros`. 0, or errno.
  int Write(const uint8_t* bytes, size_t length, uint64_t offset);

  // Whether writes want to begin and end at multiples of kDirectAlignment, in the file as in memory.
  bool WantsAlignment() const { return direct_fd_ >= 0; }

 private:
  int WriteRun(const uint8_t* bytes, size_t length, uint64_t offset);
  int WriteParts(const uint8_t* bytes, size_t length, uint64_t offset);
  bool HasRoom(uint64_t claimed) const;
  static int WriteAll(int fd, const uint8_t* bytes, size_t length, uint64_t offset);

  int fd_;
  int direct_fd_;
  bool write_zeros_;
  uint64_t keep_free_;
};

bool IsZero(const uint8_t* bytes, size_t length);

}  // namespace transfer
