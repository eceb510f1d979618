#include "sparse-file.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <unistd.h>

#ifdef __APPLE__
#include <sys/mount.h>
#include <sys/param.h>
#else
#include <sys/statvfs.h>
#endif

namespace transfer {

namespace {

// Bytes that threads of this process are writing right now: each looks how much is free before any of them is done.
std::atomic<uint64_t> claimed_bytes{0};

// Makes bytes count as taken while they are being written.
class Claim {
 public:
  explicit Claim(uint64_t bytes) : bytes_(bytes), all_(claimed_bytes.fetch_add(bytes) + bytes) {}
  ~Claim() { claimed_bytes.fetch_sub(bytes_); }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  // With those of the others.
  uint64_t all() const { return all_; }

 private:
  const uint64_t bytes_;
  const uint64_t all_;
};

}  // namespace

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

// Whether so many bytes can be written, and what others need stays free. A file system that does not say is asked no more.
bool SparseFile::HasRoom(uint64_t claimed) const {
#ifdef __APPLE__
  struct statfs status;
  if (fstatfs(fd_, &status) != 0) return true;
  const uint64_t unit = static_cast<uint64_t>(status.f_bsize);
#else
  struct statvfs status;
  if (fstatvfs(fd_, &status) != 0) return true;
  const uint64_t unit = static_cast<uint64_t>(status.f_frsize);
#endif
  return static_cast<uint64_t>(status.f_bavail) * unit >= keep_free_ + claimed;
}

int SparseFile::WriteRun(const uint8_t* bytes, size_t length, uint64_t offset) {
  if (length == 0) return 0;
  if (keep_free_ == 0) return WriteParts(bytes, length, offset);
  const Claim claim(length);
  return HasRoom(claim.all()) ? WriteParts(bytes, length, offset) : ENOSPC;
}

// The aligned middle goes past the page cache; a ragged head or tail, which only the ends of a layer have, does not.
int SparseFile::WriteParts(const uint8_t* bytes, size_t length, uint64_t offset) {
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
