// For tests: does one thing that a confined program must not be able to, and says what came of it. Exit code 0 if it could,
// 1 with the name of the error if not.

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

extern char** environ;

static bool Open(const char* path, int flags) {
  int descriptor = open(path, flags, 0600);
  char byte;
  return descriptor >= 0 && ((flags & O_ACCMODE) != O_RDONLY || read(descriptor, &byte, 1) >= 0);
}

static bool Connect(int kind, const char* port) {
  int descriptor = socket(AF_INET, kind, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  return descriptor >= 0 && connect(descriptor, (struct sockaddr*)&address, sizeof address) == 0 &&
         send(descriptor, "x", 1, 0) == 1;
}

static bool Listen(void) {
  int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET};
  return descriptor >= 0 && bind(descriptor, (struct sockaddr*)&address, sizeof address) == 0 && listen(descriptor, 1) == 0;
}

static bool ConnectUnix(const char* path) {
  int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  return descriptor >= 0 && connect(descriptor, (struct sockaddr*)&address, sizeof address) == 0;
}

static bool Execute(const char* path) {
  char *arguments[] = {(char*)path, "-c", "exit 0", NULL};
  execv(path, arguments);
  return false;
}

static bool Fork(void) {
  pid_t child = fork();
  if (child == 0) _exit(0);
  return child > 0;
}

static bool Trace(pid_t other) { return ptrace(PTRACE_SEIZE, other, 0, 0) == 0; }

static bool Fill(unsigned long long bytes) {
  for (unsigned long long done = 0; done < bytes; done += 1 << 20) {
    char* memory = malloc(1 << 20);
    if (memory == NULL) return false;
    memset(memory, 1, 1 << 20);
  }
  return true;
}

static bool Lengthen(const char* path, long long bytes) {
  signal(SIGXFSZ, SIG_IGN);
  int descriptor = open(path, O_RDWR);
  return descriptor >= 0 && ftruncate(descriptor, bytes) == 0;
}

static bool Do(const char* what, const char* on, const char* more) {
  if (strcmp(what, "read") == 0) return Open(on, O_RDONLY);
  if (strcmp(what, "write") == 0) return Open(on, O_WRONLY);
  if (strcmp(what, "make") == 0) return Open(on, O_WRONLY | O_CREAT | O_EXCL);
  if (strcmp(what, "empty") == 0) return Open(on, O_RDONLY | O_TRUNC);
  if (strcmp(what, "list") == 0) return open(on, O_RDONLY | O_DIRECTORY) >= 0;
  if (strcmp(what, "remove") == 0) return unlink(on) == 0;
  if (strcmp(what, "mode") == 0) return chmod(on, 0777) == 0;
  if (strcmp(what, "shorten") == 0) return truncate(on, 0) == 0;
  if (strcmp(what, "tcp") == 0) return Connect(SOCK_STREAM, on);
  if (strcmp(what, "udp") == 0) return Connect(SOCK_DGRAM, on);
  if (strcmp(what, "listen") == 0) return Listen();
  if (strcmp(what, "unix") == 0) return ConnectUnix(on);
  if (strcmp(what, "pair") == 0) return socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){0, 0}) == 0;
  if (strcmp(what, "execute") == 0) return Execute(on);
  if (strcmp(what, "fork") == 0) return Fork();
  if (strcmp(what, "trace") == 0) return Trace(atoi(on));
  if (strcmp(what, "signal") == 0) return kill(atoi(on), 0) == 0;
  if (strcmp(what, "ring") == 0) return syscall(SYS_io_uring_setup, 1, (char[120]){0}) >= 0;
  if (strcmp(what, "descriptor") == 0) return fcntl(atoi(on), F_GETFD) >= 0;
  if (strcmp(what, "fill") == 0) return Fill(strtoull(on, NULL, 10));
  if (strcmp(what, "lengthen") == 0) return Lengthen(on, atoll(more));
  if (strcmp(what, "environment") == 0) return getenv(on) != NULL;
  if (strcmp(what, "wait") == 0) return pause() == 0;
  fprintf(stderr, "probe: what is %s?\n", what);
  exit(2);
}

int main(int count, char** arguments) {
  if (count < 3) return 2;
  errno = 0;
  if (Do(arguments[1], arguments[2], count > 3 ? arguments[3] : "0")) return 0;
  printf("%s\n", errno == 0 ? "no" : strerrorname_np(errno));
  return 1;
}
