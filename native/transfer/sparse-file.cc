#include "sparse-file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace transfer {

bool IsZero(const uint8_t* bytes, size_t length) {
  // Equal to itself one byte further on, and beginning with zero.
  return length == 0 || (bytes[0] == 0 && std::memcmp(bytes, bytes + 1, length - 1) == 0);
}

int SparseFile::Write(const uint8_t* bytes, size_t length, uint64_t offset) {
  size_t run_start = 0, position = 0;
  while (position < length) {
    const size_t cell = std::min(length - position, kCellBytes - static_cast<size_t>((offset + position) % kCellBytes));
    if (!write_zeros_ && IsZero(bytes + position, cell)) {
      const int number = WriteRun(bytes + run_start, position - run_start, offset + run_start);
      if (number != 0) return number;
      run_start = position + cell;
    }
    position += cell;
  }
  return WriteRun(bytes + run_start, length - run_start, offset + run_start);
}

// The aligned middle goes past the page cache; a ragged head or tail, which only the ends of a layer have, does not.
int SparseFile::WriteRun(const uint8_t* bytes, size_t length, uint64_t offset) {
  if (length == 0) return 0;
  const size_t head = static_cast<size_t>((kDirectAlignment - offset % kDirectAlignment) % kDirectAlignment);
  const bool is_congruent = (reinterpret_cast<uintptr_t>(bytes) + head) % kDirectAlignment == 0;
  if (direct_fd_ < 0 || !is_congruent || head + kDirectAlignment > length) return WriteAll(fd_, bytes, length, offset);
  const size_t middle = (length - head) / kDirectAlignment * kDirectAlignment;
  const size_t tail = length - head - middle;
  int number = WriteAll(fd_, bytes, head, offset);
  if (number == 0) number = WriteAll(direct_fd_, bytes + head, middle, offset + head);
  if (number == EINVAL) {
    // The file system took the flag and does not mean it.
    direct_fd_ = -1;
    number = WriteAll(fd_, bytes + head, middle, offset + head);
  }
  return number == 0 ? WriteAll(fd_, bytes + head + middle, tail, offset + head + middle) : number;
}

int SparseFile::WriteAll(int fd, const uint8_t* bytes, size_t length, uint64_t offset) {
  while (length > 0) {
    const ssize_t written = pwrite(fd, bytes, length, static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    if (written == 0) return ENOSPC;
    bytes += written;
    length -= static_cast<size_t>(written);
    offset += static_cast<uint64_t>(written);
  }
  return 0;
}

}  // namespace transfer
