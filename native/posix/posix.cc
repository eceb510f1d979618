// The few POSIX calls that Node has no name for: record locks, flock, holes, copy-on-write clones, a rename that refuses
// to replace, and opening and listing from a folder's descriptor without following links. Each function is one call and no policy; electron/files/posix.ts gives them types.

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <napi.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#ifdef __APPLE__
#include <sys/clonefile.h>
#else
#include <linux/fs.h>
#if __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#endif
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

// The same for the string at `index`, which must not hold NUL: the system would read a shorter path than was checked.
bool IsPath(const Napi::CallbackInfo& info, size_t index, std::string* path) {
  if (info.Length() <= index || !info[index].IsString()) {
    Napi::TypeError::New(info.Env(), "expected a path").ThrowAsJavaScriptException();
    return false;
  }
  *path = info[index].As<Napi::String>().Utf8Value();
  if (path->find('\0') == std::string::npos) return true;
  Napi::TypeError::New(info.Env(), "a path holds NUL").ThrowAsJavaScriptException();
  return false;
}

bool ArePaths(const Napi::CallbackInfo& info, std::string* from, std::string* to) {
  return IsPath(info, 0, from) && IsPath(info, 1, to);
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

// Work in a thread of the pool that ends with a number of the system, 0 for none, and resolves a promise.
class SystemWork : public Napi::AsyncWorker {
 public:
  SystemWork(Napi::Env env, const char* call)
      : Napi::AsyncWorker(env), deferred_(Napi::Promise::Deferred::New(env)), call_(call) {}

  Napi::Promise Promise() const { return deferred_.Promise(); }

  void Execute() override { number_ = Run(); }

  void OnOK() override {
    if (number_ != 0)
      deferred_.Reject(SystemError(Env(), number_, call_).Value());
    else
      deferred_.Resolve(Result());
  }

  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 protected:
  virtual int Run() = 0;
  virtual Napi::Value Result() = 0;

 private:
  Napi::Promise::Deferred deferred_;
  const char* call_;
  int number_ = 0;
};

// Queues the work, which frees itself when it has run.
Napi::Value Start(SystemWork* work) {
  work->Queue();
  return work->Promise();
}

// cloneFile(from, to): Promise<boolean>. In a thread of the pool: sharing the extents of a large and fragmented disk
// takes long enough to be felt. `from` is a path, or a descriptor that the caller keeps open.
class CloneWork : public SystemWork {
 public:
  CloneWork(Napi::Env env, int source, std::string from, std::string to)
      : SystemWork(env, "clone"), source_(source), from_(from), to_(to) {}

 protected:
  int Run() override {
    const int number = source_ >= 0 ? CloneDescriptor(source_, true) : ClonePath();
    cloned_ = number == 0;
    return IsUnsupported(number) ? 0 : number;
  }

  Napi::Value Result() override { return Napi::Boolean::New(Env(), cloned_); }

 private:
  // Both: 0, or errno with nothing left at `to_` that was not there before.
  int ClonePath() const {
#ifdef __APPLE__
    return clonefile(from_.c_str(), to_.c_str(), 0) == 0 ? 0 : errno;
#else
    const int source = open(from_.c_str(), O_RDONLY | O_CLOEXEC);
    if (source < 0) return errno;
    const int number = CloneDescriptor(source, false);
    close(source);
    return number;
#endif
  }

  // What comes from a descriptor is somebody else's file, whose permissions say nothing of ours: it is for its owner alone.
  int CloneDescriptor(int source, bool is_private) const {
#ifdef __APPLE__
    if (fclonefileat(source, AT_FDCWD, to_.c_str(), 0) != 0) return errno;
    return is_private && chmod(to_.c_str(), 0600) != 0 ? errno : 0;
#else
    struct stat status;
    if (fstat(source, &status) != 0) return errno;
    const mode_t mode = is_private ? 0600 : status.st_mode & 0777;
    const int target = open(to_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (target < 0) return errno;
    int number = ioctl(target, FICLONE, source) == 0 ? 0 : errno;
    if (close(target) != 0 && number == 0) number = errno;
    if (number != 0) unlink(to_.c_str());
    return number;
#endif
  }

  const int source_;
  const std::string from_;
  const std::string to_;
  bool cloned_ = false;
};

Napi::Value CloneFile(const Napi::CallbackInfo& info) {
  if (info.Length() > 1 && info[0].IsNumber()) {
    std::string to;
    if (!IsPath(info, 1, &to)) return info.Env().Undefined();
    return Start(new CloneWork(info.Env(), info[0].As<Napi::Number>().Int32Value(), "", to));
  }
  std::string from, to;
  if (!ArePaths(info, &from, &to)) return info.Env().Undefined();
  return Start(new CloneWork(info.Env(), -1, from, to));
}

// A folder on the way to a file is only passed through, for which it need not be readable.
#if defined(O_PATH)
constexpr int kPassFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
#elif defined(O_SEARCH)
constexpr int kPassFlags = O_SEARCH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
#else
constexpr int kPassFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
#endif

// openAt(directory, name, flags, walks): Promise<number>, a descriptor that the caller closes. `name` is relative, may have
// several components and no `..`; none of them may be a link, also one that is put there meanwhile: ELOOP. `walks` asks
// for the way of systems without openat2, which opens one component after the other.
class OpenAtWork : public SystemWork {
 public:
  OpenAtWork(Napi::Env env, int directory, std::string name, int flags, bool walks)
      : SystemWork(env, "openat"),
        directory_(directory),
        name_(name),
        flags_(flags | O_NOFOLLOW | O_CLOEXEC | (IsOnlyPath(flags) ? 0 : O_NONBLOCK | O_NOCTTY)),
        walks_(walks) {}

 protected:
  int Run() override {
    std::vector<std::string> names;
    if (!Split(&names)) return EINVAL;
    const int number = Open(names);
    // A link that is only found, and not opened, is given a descriptor.
    if (number != 0 || !IsOnlyPath(flags_)) return number;
    struct stat status;
    if (fstat(fd_, &status) == 0 && !S_ISLNK(status.st_mode)) return 0;
    close(fd_);
    fd_ = -1;
    return ELOOP;
  }

  Napi::Value Result() override { return Napi::Number::New(Env(), fd_); }

 private:
  int Open(const std::vector<std::string>& names) {
#if !defined(__APPLE__) && defined(RESOLVE_BENEATH)
    struct open_how how;
    std::memset(&how, 0, sizeof how);
    how.flags = static_cast<unsigned>(flags_);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    // EAGAIN: something was renamed meanwhile, and the kernel could not tell that it stayed beneath.
    for (int tries = 0; tries < 32 && !walks_; tries++) {
      fd_ = static_cast<int>(syscall(SYS_openat2, directory_, name_.c_str(), &how, sizeof how));
      if (fd_ >= 0) return 0;
      if (errno != EAGAIN && errno != EINTR) break;
    }
    // Before Linux 5.6, and where a filter of system calls does not know it. Of a link that was to be a folder it says no
    // more than that it is none.
    if (!walks_ && errno != ENOSYS && errno != EPERM && errno != ENOTDIR) return errno;
#endif
    return Walk(names);
  }

  static bool IsOnlyPath(int flags) {
#if defined(O_PATH)
    return (flags & O_PATH) != 0;
#else
    return false;
#endif
  }

  bool Split(std::vector<std::string>* names) const {
    size_t from = 0;
    while (from <= name_.size()) {
      size_t end = name_.find('/', from);
      if (end == std::string::npos) end = name_.size();
      const std::string name = name_.substr(from, end - from);
      if (name.empty() || name == "." || name == "..") return false;
      names->push_back(name);
      from = end + 1;
    }
    return !names->empty();
  }

  // One component after the other, each from its parent's descriptor.
  int Walk(const std::vector<std::string>& names) {
    int at = directory_;
    int number = 0;
    for (size_t index = 0; index < names.size() && number == 0; index++) {
      const bool is_last = index + 1 == names.size();
      const char* name = names[index].c_str();
      int next;
      do {
        next = openat(at, name, is_last ? flags_ : kPassFlags);
      } while (next < 0 && errno == EINTR);
      number = next >= 0 ? 0 : IsLink(at, name, errno) ? ELOOP : errno;
      if (at != directory_) close(at);
      at = next;
    }
    fd_ = at;
    return number;
  }

  // Of a link that was to be opened as a folder, systems say that it is none; ENOTDIR is not what is wrong with it.
  static bool IsLink(int at, const char* name, int number) {
    struct stat status;
    return (number == ENOTDIR || number == ELOOP || number == EMLINK) &&
           fstatat(at, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
  }

  const int directory_;
  const std::string name_;
  const int flags_;
  const bool walks_;
  int fd_ = -1;
};

Napi::Value OpenAt(const Napi::CallbackInfo& info) {
  std::string name;
  if (!AreNumbers(info, 1) || !IsPath(info, 1, &name)) return info.Env().Undefined();
  if (info.Length() < 3 || !info[2].IsNumber()) {
    Napi::TypeError::New(info.Env(), "expected flags").ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  const int directory = info[0].As<Napi::Number>().Int32Value();
  const int flags = info[2].As<Napi::Number>().Int32Value();
  if ((flags & O_CREAT) != 0) {
    Napi::TypeError::New(info.Env(), "opens what is there, and makes nothing").ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  const bool walks = info.Length() > 3 && info[3].IsBoolean() && info[3].As<Napi::Boolean>().Value();
  return Start(new OpenAtWork(info.Env(), directory, name, flags, walks));
}

// listAt(directory, maxEntries): Promise<[kind, name][]>, as readdir gives them, `.` and `..` left out. Ends early, with
// one entry more than was asked for, where there are more.
class ListAtWork : public SystemWork {
 public:
  ListAtWork(Napi::Env env, int directory, size_t max_entries)
      : SystemWork(env, "readdir"), directory_(directory), max_entries_(max_entries) {}

 protected:
  int Run() override {
    // A description of its own, whose place in the folder nobody else moves.
    const int fd = openat(directory_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return errno;
    DIR* folder = fdopendir(fd);
    if (folder == nullptr) {
      const int number = errno;
      close(fd);
      return number;
    }
    int number = 0;
    while (entries_.size() <= max_entries_) {
      errno = 0;
      const struct dirent* entry = readdir(folder);
      if (entry == nullptr) {
        number = errno;
        break;
      }
      const std::string name = entry->d_name;
      if (name != "." && name != "..") entries_.push_back({KindOf(fd, name), name});
    }
    closedir(folder);
    return number;
  }

  Napi::Value Result() override {
    Napi::Array list = Napi::Array::New(Env(), entries_.size());
    for (size_t index = 0; index < entries_.size(); index++) {
      Napi::Array pair = Napi::Array::New(Env(), 2);
      pair.Set(0u, Napi::String::New(Env(), entries_[index].kind));
      pair.Set(1u, Napi::String::New(Env(), entries_[index].name));
      list.Set(static_cast<uint32_t>(index), pair);
    }
    return list;
  }

 private:
  static const char* KindOf(int fd, const std::string& name) {
    struct stat status;
    if (fstatat(fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return "unknown";
    switch (status.st_mode & S_IFMT) {
      case S_IFREG:
        return "file";
      case S_IFDIR:
        return "folder";
      case S_IFLNK:
        return "link";
      case S_IFIFO:
        return "fifo";
      case S_IFSOCK:
        return "socket";
      case S_IFBLK:
      case S_IFCHR:
        return "device";
    }
    return "unknown";
  }

  struct Entry {
    const char* kind;
    std::string name;
  };

  const int directory_;
  const size_t max_entries_;
  std::vector<Entry> entries_;
};

Napi::Value ListAt(const Napi::CallbackInfo& info) {
  if (!AreNumbers(info, 2)) return info.Env().Undefined();
  const int64_t max_entries = info[1].As<Napi::Number>().Int64Value();
  return Start(new ListAtWork(info.Env(), info[0].As<Napi::Number>().Int32Value(),
                              max_entries < 0 ? 0 : static_cast<size_t>(max_entries)));
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

// bypassCache(fd): asks macOS not to cache what goes through this descriptor; elsewhere O_DIRECT does that
Napi::Value BypassCache(const Napi::CallbackInfo& info) {
#ifdef __APPLE__
  if (info.Length() > 0 && info[0].IsNumber()) fcntl(info[0].As<Napi::Number>().Int32Value(), F_NOCACHE, 1);
#endif
  return info.Env().Undefined();
}

// allowSignal(number): lets this thread take a signal that was held back; Node holds SIGUSR1 back until its debugger could
// take it, which with --disable-sigusr1 is never
Napi::Value AllowSignal(const Napi::CallbackInfo& info) {
  if (!AreNumbers(info, 1)) return info.Env().Undefined();
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, info[0].As<Napi::Number>().Int32Value());
  const int failed = pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  if (failed != 0) SystemError(info.Env(), failed, "pthread_sigmask").ThrowAsJavaScriptException();
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
  exports.Set("openAt", Napi::Function::New(env, OpenAt, "openAt"));
  exports.Set("listAt", Napi::Function::New(env, ListAt, "listAt"));
  exports.Set("allowSignal", Napi::Function::New(env, AllowSignal, "allowSignal"));
  exports.Set("misalignment", Napi::Function::New(env, Misalignment, "misalignment"));
  exports.Set("bypassCache", Napi::Function::New(env, BypassCache, "bypassCache"));
  return exports;
}

}  // namespace

NODE_API_MODULE(posix, Init)
