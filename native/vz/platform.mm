#import "platform.h"

#import "failure.h"

namespace tatin {

namespace {

#if defined(__arm64__)
VZPlatformConfiguration* BuildMac(const Document& platform) {
  VZMacHardwareModel* model =
      [[VZMacHardwareModel alloc] initWithDataRepresentation:platform.Base64(@"hardwareModel")];
  if (model == nil) throw Failure(Problem::kDocument, @"The hardware model is damaged.");
  if (!model.supported)
    throw Failure(Problem::kNotSupported, @"This macOS can't run the machine's hardware model. Update macOS.");
  VZMacMachineIdentifier* identifier =
      [[VZMacMachineIdentifier alloc] initWithDataRepresentation:platform.Base64(@"machineIdentifier")];
  if (identifier == nil) throw Failure(Problem::kDocument, @"The machine identifier is damaged.");
  VZMacPlatformConfiguration* configuration = [[VZMacPlatformConfiguration alloc] init];
  configuration.hardwareModel = model;
  configuration.machineIdentifier = identifier;
  configuration.auxiliaryStorage =
      [[VZMacAuxiliaryStorage alloc] initWithURL:platform.File(@"auxiliaryStorage")];
  return configuration;
}
#else
VZPlatformConfiguration* BuildMac(const Document&) { FailAsWrongProcessor(@"A macOS guest"); }
#endif

void AllowNested(VZGenericPlatformConfiguration* configuration) {
  if (@available(macOS 15.0, *)) {
    if (!VZGenericPlatformConfiguration.nestedVirtualizationSupported)
      throw Failure(Problem::kNotSupported, @"This Mac can't run guests inside guests. It needs an M3 or newer.");
    configuration.nestedVirtualizationEnabled = YES;
  } else {
    FailAsTooOld(@"Running guests inside guests", @"15");
  }
}

VZPlatformConfiguration* BuildGeneric(const Document& platform) {
  VZGenericPlatformConfiguration* configuration = [[VZGenericPlatformConfiguration alloc] init];
  if (platform.Has(@"machineIdentifier")) {
    VZGenericMachineIdentifier* identifier =
        [[VZGenericMachineIdentifier alloc] initWithDataRepresentation:platform.Base64(@"machineIdentifier")];
    if (identifier == nil) throw Failure(Problem::kDocument, @"The machine identifier is damaged.");
    configuration.machineIdentifier = identifier;
  }
  if (platform.Flag(@"nested")) AllowNested(configuration);
  return configuration;
}

}  // namespace

VZPlatformConfiguration* BuildPlatform(const Document& platform) {
  NSString* kind = platform.Text(@"kind");
  if ([kind isEqualToString:@"mac"]) return BuildMac(platform);
  if ([kind isEqualToString:@"generic"]) return BuildGeneric(platform);
  platform.Unknown(@"kind");
}

}  // namespace tatin
