// What of a machine's devices can change while it runs.
#pragma once

#import "machine.h"

namespace tatin {

// The same document as in the plan; the guest may keep its size without an error.
void SetDisplay(TatinMachine* machine, const Document& display);
// Replaces what is behind a tag. Guests see it after they look again.
void SetShare(TatinMachine* machine, NSString* tag, const Document& share);
// Puts the network device's plug into another network. {attachment: null} pulls it.
void SetNetwork(TatinMachine* machine, uint64_t index, const Document& change);
// Asks the guest to make do with so much memory, a multiple of 1 MiB.
void SetMemoryTarget(TatinMachine* machine, uint64_t bytes);
// Tells of changes of the display's size by events from now on.
void WatchDisplays(TatinMachine* machine);

}  // namespace tatin
