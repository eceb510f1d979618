#import "sockets.h"

#import "descriptors.h"
#import "document.h"
#import "failure.h"

@interface TatinSockets () <VZVirtioSocketListenerDelegate>
@end

@implementation TatinSockets {
  __weak TatinMachine* _machine;
  tatin::EventsPointer _events;
  NSMutableDictionary<NSNumber*, VZVirtioSocketConnection*>* _connections;
  NSMutableDictionary<NSNumber*, VZVirtioSocketListener*>* _listeners;
  uint64_t _lastConnection;
}

- (instancetype)initWithMachine:(TatinMachine*)machine {
  self = [super init];
  if (self == nil) return nil;
  _machine = machine;
  _events = [machine context].events;
  _connections = [NSMutableDictionary dictionary];
  _listeners = [NSMutableDictionary dictionary];
  return self;
}

- (VZVirtioSocketDevice*)device {
  TatinMachine* machine = _machine;
  if (machine == nil) throw tatin::Failure(tatin::Problem::kState, @"The machine is closed.");
  VZSocketDevice* device = [machine open].socketDevices.firstObject;
  if (![device isKindOfClass:[VZVirtioSocketDevice class]])
    throw tatin::Failure(tatin::Problem::kState, @"The machine was started without a socket device.");
  return (VZVirtioSocketDevice*)device;
}

- (NSDictionary*)keepConnection:(VZVirtioSocketConnection*)connection {
  int descriptor = tatin::Duplicate(connection.fileDescriptor);
  uint64_t number = ++_lastConnection;
  _connections[@(number)] = connection;
  return @{@"descriptor" : @(descriptor), @"connection" : @(number), @"port" : @(connection.destinationPort)};
}

- (void)connectToPort:(uint32_t)port ending:(tatin::EndingPointer)ending {
  // The block keeps this object until it has run, so that nobody waits for an end that never comes.
  [[self device] connectToPort:port
             completionHandler:^(VZVirtioSocketConnection* connection, NSError* error) {
               [self endConnecting:connection error:error ending:ending];
             }];
}

- (void)endConnecting:(VZVirtioSocketConnection*)connection
                error:(NSError*)error
               ending:(tatin::EndingPointer)ending {
  tatin::EndBy(ending, [&] {
    if (connection == nil) tatin::FailWith(error, @"Connecting to the guest");
    ending->Resolve(tatin::JsonText([self keepConnection:connection]));
  });
}

- (void)listenOnPort:(uint32_t)port {
  VZVirtioSocketListener* listener = [[VZVirtioSocketListener alloc] init];
  listener.delegate = self;
  _listeners[@(port)] = listener;
  [[self device] setSocketListener:listener forPort:port];
}

- (void)stopListeningOnPort:(uint32_t)port {
  [[self device] removeSocketListenerForPort:port];
  [_listeners removeObjectForKey:@(port)];
}

- (BOOL)listener:(VZVirtioSocketListener*)listener
    shouldAcceptNewConnection:(VZVirtioSocketConnection*)connection
             fromSocketDevice:(VZVirtioSocketDevice*)socketDevice {
  try {
    _events->Send(@"connection", [self keepConnection:connection]);
    return YES;
  } catch (const tatin::Failure&) {
    // No descriptor is left for it, and the guest is told so.
    return NO;
  }
}

- (void)letGoOfConnection:(uint64_t)connection {
  [_connections removeObjectForKey:@(connection)];
}

- (void)close {
  VZSocketDevice* device = _machine.virtualMachine.socketDevices.firstObject;
  if ([device isKindOfClass:[VZVirtioSocketDevice class]])
    for (NSNumber* port in _listeners)
      [(VZVirtioSocketDevice*)device removeSocketListenerForPort:static_cast<uint32_t>(port.unsignedLongLongValue)];
  [_listeners removeAllObjects];
  [_connections removeAllObjects];
}

@end
