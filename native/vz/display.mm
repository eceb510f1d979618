#import "display.h"

#import <AppKit/AppKit.h>

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

VZGraphicsDisplayConfiguration* BuildDisplaySize(const Document& display) {
  if (IsMac(display)) return BuildMacDisplay(display);
  return BuildScanout(display);
}

}  // namespace tatin
