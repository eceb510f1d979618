// File descriptors that Node has no way to make, and handles on those that it has.
#pragma once

#import <Foundation/Foundation.h>

#include <string>

namespace tatin {

// A handle on a duplicate, which it closes; the caller keeps its own descriptor.
NSFileHandle* HandleOnDuplicateOf(int descriptor);
// A duplicate that no child process inherits.
int Duplicate(int descriptor);

// {"here": fd, "there": fd}, two ends of a Unix socket pair. "datagram" carries Ethernet frames, one each.
std::string OpenPair(const std::string& kind);
// {"descriptor": fd, "path": "/dev/ttys003"}, a raw pseudo-terminal of 115200 baud.
std::string OpenPseudoTerminal();

}  // namespace tatin
