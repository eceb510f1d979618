#import "boot.h"

#import "failure.h"

namespace tatin {

namespace {

VZBootLoader* BuildMac() {
#if defined(__arm64__)
  return [[VZMacOSBootLoader alloc] init];
#else
  FailAsWrongProcessor(@"A macOS guest");
#endif
}

VZBootLoader* BuildEfi(const Document& boot) {
  VZEFIBootLoader* loader = [[VZEFIBootLoader alloc] init];
  loader.variableStore = [[VZEFIVariableStore alloc] initWithURL:boot.File(@"variableStore")];
  return loader;
}

}  // namespace

VZBootLoader* BuildBootLoader(const Document& boot) {
  NSString* kind = boot.Text(@"kind");
  if ([kind isEqualToString:@"mac"]) return BuildMac();
  if ([kind isEqualToString:@"efi"]) return BuildEfi(boot);
  boot.Unknown(@"kind");
}

}  // namespace tatin
