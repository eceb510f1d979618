#pragma once

#import "build-context.h"

namespace tatin {

// [{kind: "clipboard"} | {kind: "named", name}]. A named port with nothing behind it tells the guest something by its name.
NSArray<VZConsoleDeviceConfiguration*>* BuildConsoles(const std::vector<Document>& consoles);

// [{kind: "descriptors", reading, writing} | {kind: "file", path, append}].
NSArray<VZSerialPortConfiguration*>* BuildSerialPorts(const std::vector<Document>& ports);

}  // namespace tatin
