#import "usb.h"

#import "failure.h"
#import "newer-apis.h"
#import "storage.h"

// VZUSBControllerDelegate of macOS 27: the Mac's user pulled the plug.
API_AVAILABLE(macos(15.0))
@interface TatinUsbDelegate : NSObject
- (void)usbController:(VZUSBController*)controller usbPassthroughDeviceDidDisconnect:(id<VZUSBDevice>)device;
@end

@implementation TatinUsbDelegate {
  tatin::EventsPointer _events;
}

- (instancetype)initWithEvents:(tatin::EventsPointer)events {
  self = [super init];
  if (self != nil) _events = events;
  return self;
}

- (void)usbController:(VZUSBController*)controller usbPassthroughDeviceDidDisconnect:(id<VZUSBDevice>)device {
  _events->Send(@"usbDisconnected", @{@"device" : device.uuid.UUIDString});
}

@end

namespace tatin {

namespace {

API_AVAILABLE(macos(15.0))
VZUSBController* ControllerOf(TatinMachine* machine) {
  VZUSBController* controller = [machine open].usbControllers.firstObject;
  if (controller == nil) throw Failure(Problem::kState, @"The machine was started without a USB controller.");
  return controller;
}

API_AVAILABLE(macos(15.0))
void Attach(TatinMachine* machine, id<VZUSBDevice> device, EndingPointer ending) {
  [ControllerOf(machine) attachDevice:device
                    completionHandler:^(NSError* error) {
                      EndBy(ending, [&] {
                        if (error != nil) throw Failure(FactsOf(error));
                        ending->Resolve(JsonText(@{@"device" : device.uuid.UUIDString}));
                      });
                    }];
}

API_AVAILABLE(macos(15.0))
void WatchForUnplugging(TatinMachine* machine) {
  VZUSBController* controller = ControllerOf(machine);
  if (![controller respondsToSelector:@selector(setDelegate:)]) return;
  id<TatinControllerWithDelegate> watched = (id<TatinControllerWithDelegate>)controller;
  if (watched.delegate != nil) return;
  TatinUsbDelegate* delegate = [[TatinUsbDelegate alloc] initWithEvents:[machine context].events];
  [machine keep:delegate];
  watched.delegate = delegate;
}

}  // namespace

void PlugIn(TatinMachine* machine, const Document& stick, EndingPointer ending) {
  if (@available(macOS 15.0, *)) {
    VZStorageDeviceAttachment* attachment = BuildStorageAttachment(stick.Object(@"attachment"), [machine context]);
    VZUSBMassStorageDeviceConfiguration* configuration =
        [[VZUSBMassStorageDeviceConfiguration alloc] initWithAttachment:attachment];
    Attach(machine, [[VZUSBMassStorageDevice alloc] initWithConfiguration:configuration], ending);
  } else {
    FailAsTooOld(@"Plugging in USB devices", @"15");
  }
}

void PlugInAccessory(TatinMachine* machine, id accessory, EndingPointer ending) {
  if (@available(macOS 15.0, *)) {
    Class configurationClass = TatinClass("VZUSBPassthroughDeviceConfiguration");
    Class deviceClass = TatinClass("VZUSBPassthroughDevice");
    if (configurationClass == Nil || deviceClass == Nil) FailAsTooOld(@"Giving a USB device of the Mac to a guest", @"27");
    id<TatinPassthroughConfiguration> configuration = [configurationClass alloc];
    configuration = [configuration initWithDevice:accessory];
    NSError* error = nil;
    id<TatinPassthroughDevice> made = [deviceClass alloc];
    made = [made initWithConfiguration:configuration error:&error];
    id<VZUSBDevice> device = (id<VZUSBDevice>)made;
    if (device == nil) FailWith(error, @"Taking the USB device");
    WatchForUnplugging(machine);
    Attach(machine, device, ending);
  } else {
    FailAsTooOld(@"Giving a USB device of the Mac to a guest", @"27");
  }
}

void Unplug(TatinMachine* machine, NSString* device, EndingPointer ending) {
  if (@available(macOS 15.0, *)) {
    for (id<VZUSBDevice> plugged in ControllerOf(machine).usbDevices) {
      if (![plugged.uuid.UUIDString isEqualToString:device]) continue;
      [ControllerOf(machine) detachDevice:plugged
                        completionHandler:^(NSError* error) {
                          ending->Settle(error);
                        }];
      return;
    }
    throw Failure(Problem::kState, @"The USB device is not plugged in.");
  } else {
    FailAsTooOld(@"Unplugging USB devices", @"15");
  }
}

}  // namespace tatin
