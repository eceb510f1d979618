// The queue rule: a machine lives on the main queue. Electron's JavaScript runs on the main thread, and so does AppKit, so
// calls from JavaScript are there already; what arrives elsewhere (restore images, Rosetta, KVO) comes through here. This
// is the only file that names a dispatch queue.
#pragma once

#import <Foundation/Foundation.h>

namespace tatin {

// Throws unless this is the main thread. Virtualization.framework would end the whole process instead.
void RequireMachineQueue();

// Runs the block on the machine's queue: now if this is it, else later.
void OnMachineQueue(dispatch_block_t block);

// Runs the block on the machine's queue after what is in it already.
void LaterOnMachineQueue(dispatch_block_t block);

}  // namespace tatin
