// Installs macOS in a stopped machine.
#pragma once

#import "events.h"
#import "machine.h"

@interface TatinInstaller : NSObject

- (instancetype)initWithMachine:(TatinMachine*)machine;
// Once for each machine. How far it is, is told by events "installProgress" {fraction}, 0 to 1.
- (void)installFrom:(NSURL*)image ending:(tatin::EndingPointer)ending;
// Ends the installation with an error; does nothing if none has begun.
- (void)cancel;
- (void)close;

@end
