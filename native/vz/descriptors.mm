#import "descriptors.h"

#import "document.h"
#import "failure.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

namespace tatin {

namespace {

// What Softnet and the framework's header ask for: the receiving buffer four times the sending one.
constexpr int kSendBufferBytes = 1 << 20;
constexpr int kReceiveBufferBytes = 4 << 20;

void SetUpEnd(int descriptor, bool datagram) {
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  if (!datagram) return;
  setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &kSendBufferBytes, sizeof kSendBufferBytes);
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof kReceiveBufferBytes);
}

class Owned {
 public:
  explicit Owned(int descriptor) : descriptor_(descriptor) {}
  ~Owned() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  int get() const { return descriptor_; }
  int Give() {
    int given = descriptor_;
    descriptor_ = -1;
    return given;
  }

 private:
  int descriptor_;
};

}  // namespace

int Duplicate(int descriptor) {
  int duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (duplicate < 0) FailBySystem("fcntl");
  return duplicate;
}

NSFileHandle* HandleOnDuplicateOf(int descriptor) {
  return [[NSFileHandle alloc] initWithFileDescriptor:Duplicate(descriptor) closeOnDealloc:YES];
}

std::string OpenPair(const std::string& kind) {
  if (kind != "stream" && kind != "datagram")
    throw Failure(Problem::kDocument, @"A pair is of kind \"stream\" or \"datagram\".");
  bool datagram = kind == "datagram";
  int ends[2];
  if (socketpair(AF_UNIX, datagram ? SOCK_DGRAM : SOCK_STREAM, 0, ends) != 0) FailBySystem("socketpair");
  for (int end : ends) SetUpEnd(end, datagram);
  return JsonText(@{@"here" : @(ends[0]), @"there" : @(ends[1])});
}

std::string OpenPseudoTerminal() {
  Owned terminal(posix_openpt(O_RDWR | O_NOCTTY));
  if (terminal.get() < 0) FailBySystem("posix_openpt");
  fcntl(terminal.get(), F_SETFD, FD_CLOEXEC);
  if (grantpt(terminal.get()) != 0) FailBySystem("grantpt");
  if (unlockpt(terminal.get()) != 0) FailBySystem("unlockpt");
  struct termios settings;
  if (tcgetattr(terminal.get(), &settings) != 0) FailBySystem("tcgetattr");
  cfmakeraw(&settings);
  cfsetspeed(&settings, B115200);
  if (tcsetattr(terminal.get(), TCSANOW, &settings) != 0) FailBySystem("tcsetattr");
  const char* path = ptsname(terminal.get());
  if (path == nullptr) FailBySystem("ptsname");
  NSString* name = [NSString stringWithUTF8String:path];
  return JsonText(@{@"descriptor" : @(terminal.Give()), @"path" : name});
}

}  // namespace tatin
