// A machine of Virtualization.framework: its state and its delegate's messages become events. Everything here is called
// on the machine's queue (queue.h), which the callers in machine-object.mm make sure of.
#pragma once

#import "build-context.h"

#include <optional>
#include <string>

// What a machine keeps and what watches a part of it: told to end before the machine goes.
@protocol TatinWatching
- (void)endWatching;
@end

@interface TatinMachine : NSObject

// nil once closed.
@property (readonly, strong) VZVirtualMachine* virtualMachine;

// Builds, validates and makes it. Throws tatin::Failure.
- (instancetype)initWithPlan:(const tatin::Document&)plan events:(tatin::EventsPointer)events;

- (const tatin::BuildContext&)context;
// The machine, or a Failure if it is closed.
- (VZVirtualMachine*)open;
// "stopped", "running", ... as the events name it; "stopped" once closed.
- (NSString*)stateName;
// Why it can't be suspended; nullopt if it can.
- (std::optional<std::string>)saveRestoreProblem;

// Keeps an object until the machine is closed; the framework's delegates are weak.
- (void)keep:(id)object;

// Ends all that comes from the machine and lets go of it. A running one loses its power.
- (void)close;

@end
