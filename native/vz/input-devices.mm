#import "input-devices.h"

#import "failure.h"

namespace tatin {

namespace {

[[noreturn]] void FailAsUnknown(const std::string& name) {
  throw Failure(Problem::kDocument, [NSString stringWithFormat:@"The input device \"%s\" is not known here.", name.c_str()]);
}

VZKeyboardConfiguration* BuildMacKeyboard() {
#if defined(__arm64__)
  if (@available(macOS 14.0, *)) {
    return [[VZMacKeyboardConfiguration alloc] init];
  } else {
    FailAsTooOld(@"The Mac's keyboard in a guest", @"14");
  }
#else
  FailAsWrongProcessor(@"The Mac's keyboard in a guest");
#endif
}

VZPointingDeviceConfiguration* BuildTrackpad() {
#if defined(__arm64__)
  return [[VZMacTrackpadConfiguration alloc] init];
#else
  FailAsWrongProcessor(@"The trackpad in a guest");
#endif
}

}  // namespace

NSArray<VZKeyboardConfiguration*>* BuildKeyboards(const std::vector<std::string>& names) {
  NSMutableArray<VZKeyboardConfiguration*>* built = [NSMutableArray array];
  for (const std::string& name : names) {
    if (name == "usb") {
      [built addObject:[[VZUSBKeyboardConfiguration alloc] init]];
    } else if (name == "mac") {
      [built addObject:BuildMacKeyboard()];
    } else {
      FailAsUnknown(name);
    }
  }
  return built;
}

NSArray<VZPointingDeviceConfiguration*>* BuildPointers(const std::vector<std::string>& names) {
  NSMutableArray<VZPointingDeviceConfiguration*>* built = [NSMutableArray array];
  for (const std::string& name : names) {
    if (name == "usb") {
      [built addObject:[[VZUSBScreenCoordinatePointingDeviceConfiguration alloc] init]];
    } else if (name == "trackpad") {
      [built addObject:BuildTrackpad()];
    } else {
      FailAsUnknown(name);
    }
  }
  return built;
}

}  // namespace tatin
