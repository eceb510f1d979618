// The few POSIX calls that Node has no name for: record locks, flock, holes, copy-on-write clones, and a rename that
// refuses to replace. Each function is one call and no policy; electron/host/posix.ts gives them types.

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <napi.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __APPLE__
#include <sys/clonefile.h>
#else
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#endif

namespace {

// The same shape as Node's own system errors (errno, code, syscall), so that callers tell them apart in one way.
Napi::Error SystemError(Napi::Env env, int number, const char* call) {
  const char* name = "UNKNOWN";
  switch (number) {
#define NAMED(code) \
  case code:        \
    name = #code;   \
    break;
    NAMED(EACCES)
    NAMED(EBADF)
    NAMED(EBUSY)
    NAMED(EDEADLK)
    NAMED(EDQUOT)
    NAMED(EEXIST)
    NAMED(EFBIG)
    NAMED(EINTR)
    NAMED(EINVAL)
    NAMED(EIO)
    NAMED(EISDIR)
    NAMED(ELOOP)
    NAMED(EMFILE)
    NAMED(ENAMETOOLONG)
    NAMED(ENFILE)
    NAMED(ENODEV)
    NAMED(ENOENT)
    NAMED(ENOLCK)
    NAMED(ENOMEM)
    NAMED(ENOSPC)
    NAMED(ENOSYS)
    NAMED(ENOTDIR)
    NAMED(ENOTEMPTY)
    NAMED(ENOTSUP)
    NAMED(ENOTTY)
    NAMED(ENXIO)
    NAMED(EPERM)
    NAMED(EROFS)
    NAMED(ETXTBSY)
    NAMED(EXDEV)
#undef NAMED
  }
  Napi::Error error =
      Napi::Error::New(env, std::string(name) + ": " + std::strerror(number) + ", " + call);
  error.Set("errno", Napi::Number::New(env, -number));
  error.Set("code", Napi::String::New(env, name));
  error.Set("syscall", Napi::String::New(env, call));
  return error;
}

Napi::Value Throw(Napi::Env env, int number, const char* call) {
  SystemError(env, number, call).ThrowAsJavaScriptException();
  return env.Undefined();
}

// Checks that the arguments are `numbers` numbers; throws TypeError and answers false otherwise.
bool AreNumbers(const Napi::CallbackInfo& info, size_t numbers) {
  for (size_t index = 0; index < numbers; index++) {
    if (info.Length() <= index || !info[index].IsNumber()) {
      Napi::TypeError::New(info.Env(), "expected a number").ThrowAsJavaScriptException();
      return false;
    }
  }
  return true;
}

// The same for two strings, which must not hold NUL: the system would read a shorter path than was checked.
bool ArePaths(const Napi::CallbackInfo& info, std::string* from, std::string* to) {
  if (info.Length() < 2 || !info[0].IsString() || !info[1].IsString()) {
    Napi::TypeError::New(info.Env(), "expected two paths").ThrowAsJavaScriptException();
    return false;
  }
  *from = info[0].As<Napi::String>().Utf8Value();
  *to = info[1].As<Napi::String>().Utf8Value();
  if (from->find('\0') != std::string::npos || to->find('\0') != std::string::npos) {
    Napi::TypeError::New(info.Env(), "a path holds NUL").ThrowAsJavaScriptException();
    return false;
  }
  return true;
}

bool IsUnsupported(int number) {
  return number == ENOTSUP || number == EOPNOTSUPP || number == ENOSYS || number == EINVAL ||
         number == ENOTTY || number == EXDEV;
}

struct flock WholeFile(short type) {
  struct flock lock;
  std::memset(&lock, 0, sizeof lock);
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;  // start 0, length 0: to the end, however far the file grows
}

// lockFcntl(fd): boolean
Napi::Value LockFcntl(const Napi::CallbackInfo& info) {
  if (!AreNumbers(info, 1)) return info.Env().Undefined();
  struct flock lock = WholeFile(F_WRLCK);
  if (fcntl(info[0].As<Napi::Number>().Int32Value(), F_SETLK, &lock) == 0)
    return Napi::Boolean::New(info.Env(), true);
  if (errno == EACCES || errno == EAGAIN) return Napi::Boolean::New(info.Env(), false);
  return Throw(info.Env(), errno, "fcntl(F_SETLK)");
}

// queryFcntl(fd, asWriter): number. 0 when free; -1 when the holder has no pid that we could name (an open file
// description lock, or a process of another pid namespace).
Napi::Value QueryFcntl(const Napi::CallbackInfo& info) {
  if (!AreNumbers(info, 1)) return info.Env().Undefined();
  const bool as_writer = info.Length() > 1 && info[1].IsBoolean() && info[1].As<Napi::Boolean>().Value();
  struct flock lock = WholeFile(as_writer ? F_WRLCK : F_RDLCK);
  if (fcntl(info[0].As<Napi::Number>().Int32Value(), F_GETLK, &lock) != 0)
    return Throw(info.Env(), errno, "fcntl(F_GETLK)");
  if (lock.l_type == F_UNLCK) return Napi::Number::New(info.Env(), 0);
  return Napi::Number::New(info.Env(), lock.l_pid > 0 ? lock.l_pid : -1);
}

// flock(fd, 'exclusive' | 'shared' | 'unlock'): boolean. Never waits: a wait would hold up the whole event loop.
Napi::Value Flock(const Napi::CallbackInfo& info) {
  if (!AreNumbers(info, 1)) return info.Env().Undefined();
  const std::string how =
      info.Length() > 1 && info[1].IsString() ? info[1].As<Napi::String>().Utf8Value() : "";
  int operation;
  if (how == "exclusive")
    operation = LOCK_EX;
  else if (how == "shared")
    operation = LOCK_SH;
  else if (how == "unlock")
    operation = LOCK_UN;
  else {
    Napi::TypeError::New(info.Env(), "expected 'exclusive', 'shared' or 'unlock'").ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  const int fd = info[0].As<Napi::Number>().Int32Value();
  int result;
  do {
    result = flock(fd, operation | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return Napi::Boolean::New(info.Env(), true);
  if (errno == EWOULDBLOCK) return Napi::Boolean::New(info.Env(), false);
  return Throw(info.Env(), errno, "flock");
}

// Where the next data or hole begins at or after `offset`; -1 past the end. A file system that knows no holes is
// taken at its word: everything up to the end is data.
Napi::Value Seek(const Napi::CallbackInfo& info, int whence, const char* call) {
  if (!AreNumbers(info, 2)) return info.Env().Undefined();
  const int fd = info[0].As<Napi::Number>().Int32Value();
  const off_t offset = static_cast<off_t>(info[1].As<Napi::Number>().Int64Value());
  const off_t found = lseek(fd, offset, whence);
  if (found >= 0) return Napi::Number::New(info.Env(), static_cast<double>(found));
  if (errno == ENXIO) return Napi::Number::New(info.Env(), -1);
  if (!IsUnsupported(errno) || offset < 0) return Throw(info.Env(), errno, call);
  struct stat status;
  if (fstat(fd, &status) != 0) return Throw(info.Env(), errno, "fstat");
  if (offset >= status.st_size) return Napi::Number::New(info.Env(), -1);
  return Napi::Number::New(info.Env(), static_cast<double>(whence == SEEK_DATA ? offset : status.st_size));
}

Napi::Value NextData(const Napi::CallbackInfo& info) { return Seek(info, SEEK_DATA, "lseek(SEEK_DATA)"); }
Napi::Value NextHole(const Napi::CallbackInfo& info) { return Seek(info, SEEK_HOLE, "lseek(SEEK_HOLE)"); }

// punchHole(fd, offset, length): boolean, false where the file system has no holes. macOS wants both numbers to be
// multiples of the file system's block.
Napi::Value PunchHole(const Napi::CallbackInfo& info) {
  if (!AreNumbers(info, 3)) return info.Env().Undefined();
  const int fd = info[0].As<Napi::Number>().Int32Value();
  const off_t offset = static_cast<off_t>(info[1].As<Napi::Number>().Int64Value());
  const off_t length = static_cast<off_t>(info[2].As<Napi::Number>().Int64Value());
#ifdef __APPLE__
  fpunchhole_t hole;
  std::memset(&hole, 0, sizeof hole);
  hole.fp_offset = offset;
  hole.fp_length = length;
  const int result = fcntl(fd, F_PUNCHHOLE, &hole);
#else
  int result;
  do {
    result = fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
  } while (result != 0 && errno == EINTR);
#endif
  if (result == 0) return Napi::Boolean::New(info.Env(), true);
  if (errno == ENOTSUP || errno == EOPNOTSUPP || errno == ENOSYS || errno == ENOTTY)
    return Napi::Boolean::New(info.Env(), false);
  return Throw(info.Env(), errno, "punch hole");
}

// renameNoReplace(from, to): 'done' | 'exists' | 'unsupported'
Napi::Value RenameNoReplace(const Napi::CallbackInfo& info) {
  std::string from, to;
  if (!ArePaths(info, &from, &to)) return info.Env().Undefined();
#ifdef __APPLE__
  const int result = renamex_np(from.c_str(), to.c_str(), RENAME_EXCL);
#else
  const int result = static_cast<int>(
      syscall(SYS_renameat2, AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE));
#endif
  if (result == 0) return Napi::String::New(info.Env(), "done");
  if (errno == EEXIST || errno == ENOTEMPTY) return Napi::String::New(info.Env(), "exists");
  if (errno == ENOTSUP || errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL)
    return Napi::String::New(info.Env(), "unsupported");
  return Throw(info.Env(), errno, "rename");
}

// cloneFile(from, to): Promise<boolean>. In a thread of the pool: sharing the extents of a large and fragmented disk
// takes long enough to be felt.
class CloneWork : public Napi::AsyncWorker {
 public:
  CloneWork(Napi::Env env, std::string from, std::string to)
      : Napi::AsyncWorker(env), deferred_(Napi::Promise::Deferred::New(env)), from_(from), to_(to) {}

  Napi::Promise Promise() const { return deferred_.Promise(); }

  void Execute() override {
    number_ = Clone();
    if (number_ == 0) {
      cloned_ = true;
    } else if (IsUnsupported(number_)) {
      number_ = 0;
    }
  }

  void OnOK() override {
    if (number_ != 0)
      deferred_.Reject(SystemError(Env(), number_, "clone").Value());
    else
      deferred_.Resolve(Napi::Boolean::New(Env(), cloned_));
  }

  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  // 0, or errno with nothing left at `to_` that was not there before.
  int Clone() const {
#ifdef __APPLE__
    return clonefile(from_.c_str(), to_.c_str(), 0) == 0 ? 0 : errno;
#else
    const int source = open(from_.c_str(), O_RDONLY | O_CLOEXEC);
    if (source < 0) return errno;
    int number = 0;
    struct stat status;
    if (fstat(source, &status) != 0) number = errno;
    const int target =
        number == 0 ? open(to_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, status.st_mode & 0777) : -1;
    if (number == 0 && target < 0) number = errno;
    if (target >= 0) {
      if (ioctl(target, FICLONE, source) != 0) number = errno;
      if (close(target) != 0 && number == 0) number = errno;
      if (number != 0) unlink(to_.c_str());
    }
    close(source);
    return number;
#endif
  }

  Napi::Promise::Deferred deferred_;
  const std::string from_;
  const std::string to_;
  int number_ = 0;
  bool cloned_ = false;
};

Napi::Value CloneFile(const Napi::CallbackInfo& info) {
  std::string from, to;
  if (!ArePaths(info, &from, &to)) return info.Env().Undefined();
  CloneWork* work = new CloneWork(info.Env(), from, to);  // frees itself when it has run
  work->Queue();
  return work->Promise();
}

// What writes past the page cache ask of addresses, offsets and lengths on every common drive.
constexpr size_t kPageBytes = 4096;

// misalignment(bytes): how far into a page of memory they begin, which writes past the page cache must know
Napi::Value Misalignment(const Napi::CallbackInfo& info) {
  if (info.Length() < 1 || !info[0].IsTypedArray()) {
    Napi::TypeError::New(info.Env(), "expected bytes").ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  const auto address = reinterpret_cast<uintptr_t>(info[0].As<Napi::Uint8Array>().Data());
  return Napi::Number::New(info.Env(), static_cast<double>(address % kPageBytes));
}

// pastCache(fd): asks macOS not to cache what goes through this descriptor; elsewhere O_DIRECT does that
Napi::Value PastCache(const Napi::CallbackInfo& info) {
#ifdef __APPLE__
  if (info.Length() > 0 && info[0].IsNumber()) fcntl(info[0].As<Napi::Number>().Int32Value(), F_NOCACHE, 1);
#endif
  return info.Env().Undefined();
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("lockFcntl", Napi::Function::New(env, LockFcntl, "lockFcntl"));
  exports.Set("queryFcntl", Napi::Function::New(env, QueryFcntl, "queryFcntl"));
  exports.Set("flock", Napi::Function::New(env, Flock, "flock"));
  exports.Set("nextData", Napi::Function::New(env, NextData, "nextData"));
  exports.Set("nextHole", Napi::Function::New(env, NextHole, "nextHole"));
  exports.Set("punchHole", Napi::Function::New(env, PunchHole, "punchHole"));
  exports.Set("renameNoReplace", Napi::Function::New(env, RenameNoReplace, "renameNoReplace"));
  exports.Set("cloneFile", Napi::Function::New(env, CloneFile, "cloneFile"));
  exports.Set("misalignment", Napi::Function::New(env, Misalignment, "misalignment"));
  exports.Set("pastCache", Napi::Function::New(env, PastCache, "pastCache"));
  return exports;
}

}  // namespace

NODE_API_MODULE(posix, Init)
