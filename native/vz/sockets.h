// Sockets between the host and the guest (vsock).
#pragma once

#import "machine.h"

// A machine's connections to ports of the guest. A connection's descriptor dies with the framework's object, so JavaScript gets a
// duplicate, and the object is kept until JavaScript says that it is done with it.
@interface TatinSockets : NSObject

- (instancetype)initWithMachine:(TatinMachine*)machine;
// Ends with {descriptor, connection}.
- (void)connectToPort:(uint32_t)port ending:(tatin::EndingPointer)ending;
// The duplicate is closed by its owner; this releases the rest.
- (void)letGoOfConnection:(uint64_t)connection;
- (void)close;

@end
