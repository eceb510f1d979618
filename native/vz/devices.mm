#import "devices.h"

#import "display.h"
#import "failure.h"
#import "network.h"
#import "shares.h"

API_AVAILABLE(macos(14.0))
@interface TatinDisplayObserver : NSObject <VZGraphicsDisplayObserver, TatinWatching>
@end

@implementation TatinDisplayObserver {
  tatin::EventsPointer _events;
  __weak VZGraphicsDisplay* _display;
}

- (instancetype)initWithDisplay:(VZGraphicsDisplay*)display events:(tatin::EventsPointer)events {
  self = [super init];
  if (self == nil) return nil;
  _events = events;
  _display = display;
  [display addObserver:self];
  return self;
}

- (void)endWatching {
  [_display removeObserver:self];
}

- (void)displayDidBeginReconfiguration:(VZGraphicsDisplay*)display {
  _events->Send(@"displayChanging");
}

- (void)displayDidEndReconfiguration:(VZGraphicsDisplay*)display {
  CGSize size = display.sizeInPixels;
  _events->Send(@"displayChanged", @{@"width" : @(size.width), @"height" : @(size.height)});
}

@end

namespace tatin {

namespace {

API_AVAILABLE(macos(14.0))
VZGraphicsDisplay* DisplayOf(VZVirtualMachine* virtualMachine) {
  VZGraphicsDevice* device = virtualMachine.graphicsDevices.firstObject;
  return device.displays.firstObject;
}

}  // namespace

void SetDisplay(TatinMachine* machine, const Document& display) {
  if (@available(macOS 14.0, *)) {
    VZGraphicsDisplay* running = DisplayOf([machine open]);
    if (running == nil) throw Failure(Problem::kState, @"The machine has no display.");
    NSError* error = nil;
    if (![running reconfigureWithConfiguration:BuildDisplaySize(display) error:&error])
      FailWith(error, @"Changing the display's size");
  } else {
    FailAsTooOld(@"Changing the size of a running machine's display", @"14");
  }
}

void SetShare(TatinMachine* machine, NSString* tag, const Document& share) {
  for (VZDirectorySharingDevice* device in [machine open].directorySharingDevices) {
    if (![device isKindOfClass:[VZVirtioFileSystemDevice class]]) continue;
    VZVirtioFileSystemDevice* fileSystem = (VZVirtioFileSystemDevice*)device;
    if (![fileSystem.tag isEqualToString:tag]) continue;
    fileSystem.share = BuildShare(share);
    return;
  }
  throw Failure(Problem::kState, [NSString stringWithFormat:@"The machine was started without a share \"%@\".", tag]);
}

void SetNetwork(TatinMachine* machine, uint64_t index, const Document& change) {
  NSArray<VZNetworkDevice*>* devices = [machine open].networkDevices;
  if (index >= devices.count) throw Failure(Problem::kState, @"The machine has no such network device.");
  devices[static_cast<NSUInteger>(index)].attachment =
      change.Has(@"attachment") ? BuildNetworkAttachment(change.Object(@"attachment"), [machine context]) : nil;
}

void SetMemoryTarget(TatinMachine* machine, uint64_t bytes) {
  VZMemoryBalloonDevice* device = [machine open].memoryBalloonDevices.firstObject;
  if (![device isKindOfClass:[VZVirtioTraditionalMemoryBalloonDevice class]])
    throw Failure(Problem::kState, @"The machine was started without a memory balloon.");
  ((VZVirtioTraditionalMemoryBalloonDevice*)device).targetVirtualMachineMemorySize = bytes;
}

void WatchDisplays(TatinMachine* machine) {
  if (@available(macOS 14.0, *)) {
    VZGraphicsDisplay* display = DisplayOf([machine open]);
    if (display == nil) return;
    // A machine that is reset starts twice.
    for (id object in [machine context].kept)
      if ([object isKindOfClass:[TatinDisplayObserver class]]) return;
    [machine keep:[[TatinDisplayObserver alloc] initWithDisplay:display events:[machine context].events]];
  }
}

}  // namespace tatin
