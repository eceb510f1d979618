#import "host-facts.h"

#import "document.h"
#import "failure.h"
#import "network.h"
#import "newer-apis.h"

#import <Security/SecTask.h>
#import <Virtualization/Virtualization.h>

namespace tatin {

namespace {

// Whether this process is signed with an entitlement whose value is true.
bool HasEntitlement(NSString* name) {
  SecTaskRef task = SecTaskCreateFromSelf(nullptr);
  if (task == nullptr) return false;
  CFTypeRef value = SecTaskCopyValueForEntitlement(task, (__bridge CFStringRef)name, nullptr);
  CFRelease(task);
  if (value == nullptr) return false;
  id object = (__bridge_transfer id)value;
  return [object isKindOfClass:[NSNumber class]] && ((NSNumber*)object).boolValue;
}

NSString* RosettaAvailability() {
#if defined(__arm64__)
  switch (VZLinuxRosettaDirectoryShare.availability) {
    case VZLinuxRosettaAvailabilityInstalled: return @"installed";
    case VZLinuxRosettaAvailabilityNotInstalled: return @"notInstalled";
    case VZLinuxRosettaAvailabilityNotSupported: break;
  }
#endif
  return @"notSupported";
}

bool NestedIsSupported() {
  if (@available(macOS 15.0, *)) return VZGenericPlatformConfiguration.nestedVirtualizationSupported;
  return false;
}

bool CanSaveState() {
#if defined(__arm64__)
  if (@available(macOS 14.0, *)) return true;
#endif
  return false;
}

bool HasOwnSubnets() {
#if TATIN_SDK_HAS_26
  if (@available(macOS 26.0, *)) return true;
#endif
  return false;
}

}  // namespace

std::string HostFacts() {
  NSOperatingSystemVersion version = NSProcessInfo.processInfo.operatingSystemVersion;
  bool entitled = HasEntitlement(@"com.apple.security.virtualization");
  bool bridging = HasEntitlement(@"com.apple.vm.networking");
  return JsonText(@{
    @"macOS" : @{@"major" : @(version.majorVersion), @"minor" : @(version.minorVersion)},
    @"supported" : @(VZVirtualMachine.supported == YES),
    @"entitled" : @(entitled),
    @"macGuests" : @(
#if defined(__arm64__)
        true
#else
        false
#endif
        ),
    @"cpuCount" : @{
      @"min" : @(VZVirtualMachineConfiguration.minimumAllowedCPUCount),
      @"max" : @(VZVirtualMachineConfiguration.maximumAllowedCPUCount),
    },
    @"memoryBytes" : @{
      @"min" : @(VZVirtualMachineConfiguration.minimumAllowedMemorySize),
      @"max" : @(VZVirtualMachineConfiguration.maximumAllowedMemorySize),
    },
    @"rosetta" : RosettaAvailability(),
    @"nested" : @(NestedIsSupported()),
    @"savesState" : @(CanSaveState()),
    @"ownSubnets" : @(HasOwnSubnets()),
    @"provisioning" : @(TatinClass("VZMacGuestProvisioningOptions") != Nil),
    @"bridgedInterfaces" : bridging ? BridgedInterfaces() : @[],
  });
}

void InstallRosetta(EndingPointer ending) {
#if defined(__arm64__)
  // The answer comes on a thread of the framework's; an ending may be told on any.
  [VZLinuxRosettaDirectoryShare installRosettaWithCompletionHandler:^(NSError* error) {
    ending->Settle(error);
  }];
#else
  FailAsWrongProcessor(@"Rosetta in a guest");
#endif
}

}  // namespace tatin
