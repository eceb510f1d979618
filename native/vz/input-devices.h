#pragma once

#import "build-context.h"

namespace tatin {

// Names out of "usb" and "mac". The Mac's keyboard needs macOS 14.
NSArray<VZKeyboardConfiguration*>* BuildKeyboards(const std::vector<std::string>& names);

// Names out of "usb" (a screen-coordinate pointer) and "trackpad".
NSArray<VZPointingDeviceConfiguration*>* BuildPointers(const std::vector<std::string>& names);

}  // namespace tatin
