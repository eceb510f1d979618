#import "sockets.h"

#import "descriptors.h"
#import "document.h"
#import "failure.h"

@implementation TatinSockets {
  __weak TatinMachine* _machine;
  NSMutableDictionary<NSNumber*, VZVirtioSocketConnection*>* _connections;
  uint64_t _lastConnection;
}

- (instancetype)initWithMachine:(TatinMachine*)machine {
  self = [super init];
  if (self == nil) return nil;
  _machine = machine;
  _connections = [NSMutableDictionary dictionary];
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
  return @{@"descriptor" : @(descriptor), @"connection" : @(number)};
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

- (void)letGoOfConnection:(uint64_t)connection {
  [_connections removeObjectForKey:@(connection)];
}

- (void)close {
  [_connections removeAllObjects];
}

@end
