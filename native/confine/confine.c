// Runs a program that can open nothing but what it is told: `confine OPTIONS -- PROGRAM ARGUMENT...`.
//
//   --read FD, --write FD     a regular file, handed over open, that it may open again by /proc/self/fd/FD
//   --library PATH            a file or folder whose files it may read; one that is not there is passed over
//   --device PATH             a device that it may read and write
//   --data BYTES              how much memory it may fill (RLIMIT_DATA)
//   --longest-file BYTES      how long it may make a file (RLIMIT_FSIZE)
//   --parent PID              whose death ends it
//
// Landlock keeps it from all other files, seccomp from sockets, other processes and what Landlock leaves open (modes,
// owners, attributes, times). It runs nothing but itself. Where the kernel can't do that, nothing is run: the exit codes below
// say which. Policy is in electron/host/confined; here is only what needs system calls that Node lacks.

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter.h"

// What electron/host/confined/confined-program.ts tells apart.
enum { kUsage = 120, kNoLandlock = 121, kFailed = 122 };

// Landlock's interface (linux/landlock.h), of which older headers know less than newer kernels.
struct LandlockRuleset {
  uint64_t handled_access_fs;
  uint64_t handled_access_net;
  uint64_t scoped;
};
struct LandlockPath {
  uint64_t allowed_access;
  int32_t parent_fd;
} __attribute__((packed));
enum {
  kVersionFlag = 1,
  kRulePathBeneath = 1,
  kExecute = 1 << 0,
  kWriteFile = 1 << 1,
  kReadFile = 1 << 2,
  kReadFolder = 1 << 3,
  kTruncate = 1 << 14,
};
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

enum { kMostFiles = 64, kMostPaths = 64, kStack = 2 << 20 };

struct Request {
  int read[kMostFiles], write[kMostFiles];
  int reads, writes;
  const char *library[kMostPaths], *device[kMostPaths];
  int libraries, devices;
  rlim_t data, longest_file;
  pid_t parent;
  char** program;
};

static _Noreturn void Fail(int code, const char* what) {
  fprintf(stderr, "confine: %s: %s\n", what, strerror(errno));
  exit(code);
}

static _Noreturn void Usage(const char* what) {
  fprintf(stderr, "confine: %s\n", what);
  exit(kUsage);
}

static unsigned long long Number(const char* text) {
  char* end = NULL;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  if (errno != 0 || *text < '0' || *text > '9' || *end != '\0') Usage("a number is expected");
  return value;
}

static int Descriptor(const char* text) {
  unsigned long long value = Number(text);
  if (value < 3 || value > 1023) Usage("a descriptor is expected");
  struct stat status;
  if (fstat((int)value, &status) != 0) Fail(kFailed, "a descriptor");
  if (!S_ISREG(status.st_mode)) Usage("a descriptor is of no regular file");
  return (int)value;
}

static void Add(const char** list, int* count, const char* path) {
  if (*count == kMostPaths || path[0] != '/') Usage("too many paths, or one that is not absolute");
  list[(*count)++] = path;
}

static void AddDescriptor(int* list, int* count, const char* text) {
  if (*count == kMostFiles) Usage("too many descriptors");
  list[(*count)++] = Descriptor(text);
}

static struct Request Parse(char** arguments) {
  struct Request request = {.data = RLIM_INFINITY, .longest_file = RLIM_INFINITY, .parent = 0};
  while (*arguments != NULL && strcmp(*arguments, "--") != 0) {
    const char *name = arguments[0], *value = arguments[1];
    if (value == NULL) Usage("an option has no value");
    arguments += 2;
    if (strcmp(name, "--read") == 0) AddDescriptor(request.read, &request.reads, value);
    else if (strcmp(name, "--write") == 0) AddDescriptor(request.write, &request.writes, value);
    else if (strcmp(name, "--library") == 0) Add(request.library, &request.libraries, value);
    else if (strcmp(name, "--device") == 0) Add(request.device, &request.devices, value);
    else if (strcmp(name, "--data") == 0) request.data = Number(value);
    else if (strcmp(name, "--longest-file") == 0) request.longest_file = Number(value);
    else if (strcmp(name, "--parent") == 0) request.parent = (pid_t)Number(value);
    else Usage("an unknown option");
  }
  if (*arguments == NULL || arguments[1] == NULL || arguments[1][0] != '/') Usage("a program by its whole path is expected");
  request.program = arguments + 1;
  return request;
}

static bool IsHanded(const struct Request* request, int descriptor) {
  for (int i = 0; i < request->reads; i++)
    if (request->read[i] == descriptor) return true;
  for (int i = 0; i < request->writes; i++)
    if (request->write[i] == descriptor) return true;
  return descriptor <= STDERR_FILENO;
}

/** All but standard streams and what is handed over. */
static void CloseOthers(const struct Request* request) {
  for (int descriptor = 3; descriptor < 1024; descriptor++)
    if (!IsHanded(request, descriptor)) close(descriptor);
  syscall(SYS_close_range, 1024u, ~0u, 0u);
}

static void Limit(int resource, rlim_t value, const char* what) {
  struct rlimit now;
  if (getrlimit(resource, &now) != 0) Fail(kFailed, what);
  if (value > now.rlim_max) value = now.rlim_max;
  struct rlimit wanted = {.rlim_cur = value, .rlim_max = value};
  if (setrlimit(resource, &wanted) != 0) Fail(kFailed, what);
}

/** Of an administrator's rights only that to open files whatever their mode: Landlock says which. */
static void DropCapabilities(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  struct __user_cap_data_struct now[2], kept[2];
  memset(kept, 0, sizeof kept);
  if (syscall(SYS_capget, &header, now) != 0) Fail(kFailed, "capget");
  const uint32_t wanted = 1u << CAP_DAC_OVERRIDE;
  kept[0].permitted = kept[0].effective = now[0].permitted & wanted;
  // What the start of a program could give root back.
  bool bounded = (now[0].effective & (1u << CAP_SETPCAP)) != 0;
  for (int capability = 0; bounded && capability <= 63; capability++)
    if (capability != CAP_DAC_OVERRIDE) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  if (syscall(SYS_capset, &header, kept) != 0) Fail(kFailed, "capset");
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

/** The program that the kernel starts to load this one; empty for one without. */
static void FindLoader(int program, char* path, size_t size) {
  path[0] = '\0';
  Elf64_Ehdr header;
  if (pread(program, &header, sizeof header, 0) != (ssize_t)sizeof header) return;
  if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64) return;
  for (int i = 0; i < header.e_phnum; i++) {
    Elf64_Phdr part;
    off_t at = (off_t)header.e_phoff + (off_t)i * header.e_phentsize;
    if (pread(program, &part, sizeof part, at) != (ssize_t)sizeof part) return;
    if (part.p_type != PT_INTERP || part.p_filesz >= size) continue;
    ssize_t length = pread(program, path, part.p_filesz, (off_t)part.p_offset);
    path[length < 0 ? 0 : length] = '\0';
    return;
  }
}

static void Allow(int ruleset, int descriptor, uint64_t access, const char* what) {
  struct LandlockPath rule = {.allowed_access = access, .parent_fd = descriptor};
  if (syscall(SYS_landlock_add_rule, ruleset, kRulePathBeneath, &rule, 0) != 0) Fail(kFailed, what);
}

static void AllowPath(int ruleset, const char* path, uint64_t file_access, uint64_t folder_access) {
  int descriptor = open(path, O_PATH | O_CLOEXEC);
  if (descriptor < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES)) return;
  struct stat status;
  if (descriptor < 0 || fstat(descriptor, &status) != 0) Fail(kFailed, path);
  Allow(ruleset, descriptor, S_ISDIR(status.st_mode) ? folder_access : file_access, path);
  close(descriptor);
}

/** All rights over files that the kernel's version knows, and of the network and of other processes what it can take away. */
static struct LandlockRuleset AllRights(long version) {
  struct LandlockRuleset rights = {.handled_access_fs = (1u << 13) - 1};
  if (version >= 2) rights.handled_access_fs |= 1u << 13;
  if (version >= 3) rights.handled_access_fs |= kTruncate;
  if (version >= 4) rights.handled_access_net = 1 | 2;
  if (version >= 5) rights.handled_access_fs |= 1u << 15;
  if (version >= 6) rights.scoped = 1 | 2;
  return rights;
}

static void RestrictFiles(const struct Request* request, int program) {
  long version = syscall(SYS_landlock_create_ruleset, NULL, 0, kVersionFlag);
  if (version < 1) Fail(kNoLandlock, "Landlock");
  struct LandlockRuleset rights = AllRights(version);
  // Older kernels refuse a longer structure only if what they don't know in it is not zero.
  int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rights, sizeof rights, 0);
  if (ruleset < 0) Fail(kNoLandlock, "Landlock");
  const uint64_t write = kReadFile | kWriteFile | (rights.handled_access_fs & kTruncate);
  for (int i = 0; i < request->reads; i++) Allow(ruleset, request->read[i], kReadFile, "a descriptor");
  for (int i = 0; i < request->writes; i++) Allow(ruleset, request->write[i], write, "a descriptor");
  for (int i = 0; i < request->libraries; i++)
    AllowPath(ruleset, request->library[i], kReadFile, kReadFile | kReadFolder);
  for (int i = 0; i < request->devices; i++)
    AllowPath(ruleset, request->device[i], kReadFile | kWriteFile, 0);
  char loader[PATH_MAX];
  FindLoader(program, loader, sizeof loader);
  Allow(ruleset, program, kReadFile | kExecute, "the program");
  if (loader[0] == '/') AllowPath(ruleset, loader, kReadFile | kExecute, 0);
  if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) Fail(kNoLandlock, "Landlock");
  close(ruleset);
}

int main(int count, char** arguments) {
  if (count < 2) Usage("options and a program are expected");
  struct Request request = Parse(arguments + 1);
  CloseOthers(&request);
  Limit(RLIMIT_CORE, 0, "RLIMIT_CORE");
  Limit(RLIMIT_DATA, request.data, "RLIMIT_DATA");
  // What each thread gets of the memory that it may fill, though it uses a little of it.
  Limit(RLIMIT_STACK, kStack, "RLIMIT_STACK");
  Limit(RLIMIT_FSIZE, request.longest_file, "RLIMIT_FSIZE");
  // A network of its own, empty, where that may be made; what keeps it from any network is the filter.
  unshare(CLONE_NEWNET);
  DropCapabilities();
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) Fail(kFailed, "PR_SET_NO_NEW_PRIVS");
  // After what changes credentials, which forgets it.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) Fail(kFailed, "PR_SET_PDEATHSIG");
  if (request.parent != 0 && getppid() != request.parent) Usage("whoever started it is gone");
  int program = open(request.program[0], O_RDONLY | O_CLOEXEC);
  if (program < 0) Fail(kFailed, request.program[0]);
  RestrictFiles(&request, program);
  if (!InstallFilter()) Fail(kNoLandlock, "seccomp");
  char* environment[] = {"LC_ALL=C", "PATH=/usr/bin:/bin", NULL};
  execve(request.program[0], request.program, environment);
  Fail(kFailed, request.program[0]);
}
