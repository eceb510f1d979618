#import "configuration.h"

#import "audio.h"
#import "boot.h"
#import "console-devices.h"
#import "display.h"
#import "failure.h"
#import "input-devices.h"
#import "network.h"
#import "newer-apis.h"
#import "platform.h"
#import "shares.h"
#import "storage.h"

namespace tatin {

namespace {

void AddUsbController(VZVirtualMachineConfiguration* configuration) {
  if (@available(macOS 15.0, *)) {
    configuration.usbControllers = @[ [[VZXHCIControllerConfiguration alloc] init] ];
  } else {
    FailAsTooOld(@"Plugging in USB devices", @"15");
  }
}

void SetLabel(VZVirtualMachineConfiguration* configuration, NSString* label) {
  // Only a name for system services, so a macOS without it loses nothing.
  if (![configuration respondsToSelector:@selector(setLabel:)]) return;
  ((id<TatinLabelled>)configuration).label = label;
}

void AddDevices(VZVirtualMachineConfiguration* configuration, const Document& plan, const BuildContext& context) {
  configuration.storageDevices = BuildStorage(plan.List(@"storage"), context);
  configuration.networkDevices = BuildNetworks(plan.List(@"networks"), context);
  if (plan.Has(@"display")) configuration.graphicsDevices = @[ BuildDisplay(plan.Object(@"display")) ];
  configuration.keyboards = BuildKeyboards(plan.Texts(@"keyboards"));
  configuration.pointingDevices = BuildPointers(plan.Texts(@"pointers"));
  configuration.audioDevices = BuildAudio(plan.Object(@"audio"));
  configuration.consoleDevices = BuildConsoles(plan.List(@"consoles"));
  configuration.serialPorts = BuildSerialPorts(plan.List(@"serialPorts"));
  configuration.directorySharingDevices = BuildShares(plan.List(@"shares"));
  if (plan.Flag(@"socket")) configuration.socketDevices = @[ [[VZVirtioSocketDeviceConfiguration alloc] init] ];
  if (plan.Flag(@"entropy")) configuration.entropyDevices = @[ [[VZVirtioEntropyDeviceConfiguration alloc] init] ];
  if (plan.Flag(@"balloon"))
    configuration.memoryBalloonDevices = @[ [[VZVirtioTraditionalMemoryBalloonDeviceConfiguration alloc] init] ];
  if (plan.Flag(@"usbController")) AddUsbController(configuration);
}

}  // namespace

VZVirtualMachineConfiguration* BuildConfiguration(const Document& plan, const BuildContext& context) {
  VZVirtualMachineConfiguration* configuration = [[VZVirtualMachineConfiguration alloc] init];
  configuration.CPUCount = static_cast<NSUInteger>(plan.Whole(@"cpuCount"));
  configuration.memorySize = plan.Whole(@"memoryBytes");
  configuration.platform = BuildPlatform(plan.Object(@"platform"));
  configuration.bootLoader = BuildBootLoader(plan.Object(@"boot"));
  SetLabel(configuration, plan.Text(@"label"));
  AddDevices(configuration, plan, context);
  return configuration;
}

NSError* ProblemOf(VZVirtualMachineConfiguration* configuration) {
  NSError* error = nil;
  return [configuration validateWithError:&error] ? nil : error;
}

NSError* SaveRestoreProblemOf(VZVirtualMachineConfiguration* configuration) {
#if defined(__arm64__)
  if (@available(macOS 14.0, *)) {
    NSError* error = nil;
    return [configuration validateSaveRestoreSupportWithError:&error] ? nil : error;
  } else {
    FailAsTooOld(@"Suspending a machine", @"14");
  }
#else
  FailAsWrongProcessor(@"Suspending a machine");
#endif
}

}  // namespace tatin
