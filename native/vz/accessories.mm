#import "accessories.h"

#import "failure.h"
#import "newer-apis.h"
#import "queue.h"

// AAUSBAccessoryListener; its messages come on the framework's own queue.
@interface TatinAccessoryListener : NSObject
- (void)usbAccessoryDidConnect:(id)accessory;
- (void)usbAccessoryDidDisconnect:(id)accessory;
- (void)add:(id)accessory;
- (id)named:(uint64_t)name;
@end

@implementation TatinAccessoryListener {
  tatin::EventsPointer _events;
  NSMutableDictionary<NSNumber*, id>* _accessories;
  uint64_t _lastName;
}

- (instancetype)initWithEvents:(tatin::EventsPointer)events {
  self = [super init];
  if (self == nil) return nil;
  _events = events;
  _accessories = [NSMutableDictionary dictionary];
  return self;
}

- (NSNumber*)nameOf:(id)accessory {
  for (NSNumber* name in _accessories)
    if ([_accessories[name] isEqual:accessory]) return name;
  return nil;
}

- (void)add:(id)accessory {
  if ([self nameOf:accessory] != nil) return;
  NSNumber* name = @(++_lastName);
  _accessories[name] = accessory;
  _events->Send(@"accessoryConnected", @{@"accessory" : name, @"description" : [accessory description]});
}

- (void)remove:(id)accessory {
  NSNumber* name = [self nameOf:accessory];
  if (name == nil) return;
  [_accessories removeObjectForKey:name];
  _events->Send(@"accessoryDisconnected", @{@"accessory" : name});
}

- (id)named:(uint64_t)name {
  return _accessories[@(name)];
}

- (void)usbAccessoryDidConnect:(id)accessory {
  tatin::OnMachineQueue(^{
    [self add:accessory];
  });
}

- (void)usbAccessoryDidDisconnect:(id)accessory {
  tatin::OnMachineQueue(^{
    [self remove:accessory];
  });
}

@end

namespace tatin {

namespace {

// One for the process: the framework hands accessories to apps, not to machines.
TatinAccessoryListener* gListener = nil;

id<TatinAccessoryManager> SharedManager() {
  NSBundle* framework = [NSBundle bundleWithPath:@"/System/Library/Frameworks/AccessoryAccess.framework"];
  Class managerClass = [framework load] ? TatinClass("AAUSBAccessoryManager") : Nil;
  if (managerClass == Nil) FailAsTooOld(@"Giving a USB device of the Mac to a guest", @"27");
  return ((id<TatinAccessoryManagerClass>)managerClass).sharedManager;
}

}  // namespace

void WatchAccessories(EventsPointer events, EndingPointer ending) {
  if (gListener != nil) throw Failure(Problem::kState, @"USB accessories are watched already.");
  id<TatinAccessoryManager> manager = SharedManager();
  TatinAccessoryListener* listener = [[TatinAccessoryListener alloc] initWithEvents:events];
  gListener = listener;
  [manager registerListener:listener
       withMatchingCriteria:@[]
          completionHandler:^(NSArray* accessories, NSError* error) {
            OnMachineQueue(^{
              if (error != nil) gListener = nil;
              for (id accessory in accessories) [listener add:accessory];
              ending->Settle(error);
            });
          }];
}

id AccessoryNamed(uint64_t name) {
  id accessory = [gListener named:name];
  if (accessory == nil) throw Failure(Problem::kState, @"The USB device is not there any more.");
  return accessory;
}

}  // namespace tatin
