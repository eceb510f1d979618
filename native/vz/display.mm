#import "display.h"

#import <AppKit/AppKit.h>

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

- (void)displayDidEndReconfiguration:(VZGraphicsDisplay*)display {
  CGSize size = display.sizeInPixels;
  _events->Send(@"displayChanged", @{@"width" : @(size.width), @"height" : @(size.height)});
}

@end

namespace tatin {

namespace {

VZMacGraphicsDisplayConfiguration* BuildMacDisplay(const Document& display) {
  auto width = static_cast<NSInteger>(display.Whole(@"width"));
  auto height = static_cast<NSInteger>(display.Whole(@"height"));
  NSScreen* screen = NSScreen.mainScreen;
  // Without a screen (a Mac without a display, or nobody logged in) points have no size, so they count as pixels.
  if ([display.Text(@"unit") isEqualToString:@"points"] && screen != nil)
    return [[VZMacGraphicsDisplayConfiguration alloc] initForScreen:screen sizeInPoints:NSMakeSize(width, height)];
  auto density = static_cast<NSInteger>(display.Whole(@"pixelsPerInch"));
  return [[VZMacGraphicsDisplayConfiguration alloc] initWithWidthInPixels:width
                                                           heightInPixels:height
                                                            pixelsPerInch:density];
}

VZVirtioGraphicsScanoutConfiguration* BuildScanout(const Document& display) {
  return [[VZVirtioGraphicsScanoutConfiguration alloc]
      initWithWidthInPixels:static_cast<NSInteger>(display.Whole(@"width"))
             heightInPixels:static_cast<NSInteger>(display.Whole(@"height"))];
}

bool IsMac(const Document& display) {
  NSString* kind = display.Text(@"kind");
  if ([kind isEqualToString:@"mac"]) return true;
  if ([kind isEqualToString:@"virtio"]) return false;
  display.Unknown(@"kind");
}

}  // namespace

VZGraphicsDeviceConfiguration* BuildDisplay(const Document& display) {
  if (IsMac(display)) {
    VZMacGraphicsDeviceConfiguration* built = [[VZMacGraphicsDeviceConfiguration alloc] init];
    built.displays = @[ BuildMacDisplay(display) ];
    return built;
  }
  VZVirtioGraphicsDeviceConfiguration* built = [[VZVirtioGraphicsDeviceConfiguration alloc] init];
  built.scanouts = @[ BuildScanout(display) ];
  return built;
}

void WatchDisplay(TatinMachine* machine) {
  if (@available(macOS 14.0, *)) {
    VZGraphicsDevice* device = [machine open].graphicsDevices.firstObject;
    VZGraphicsDisplay* display = device.displays.firstObject;
    if (display == nil) return;
    // A machine that is reset starts twice.
    for (id object in [machine context].kept)
      if ([object isKindOfClass:[TatinDisplayObserver class]]) return;
    [machine keep:[[TatinDisplayObserver alloc] initWithDisplay:display events:[machine context].events]];
  }
}

}  // namespace tatin
