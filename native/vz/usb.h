// USB devices that come and go while a machine runs.
#pragma once

#import "events.h"
#import "machine.h"

namespace tatin {

// {attachment} as in the plan's storage: a disk on a USB stick. Ends with {device}, the name to unplug it by.
void PlugIn(TatinMachine* machine, const Document& stick, EndingPointer ending);
// {registryEntry}: an accessory of the Mac's own that its user gave to this app, from macOS 27 on. Ends with {device}.
void PlugInAccessory(TatinMachine* machine, id accessory, EndingPointer ending);
void Unplug(TatinMachine* machine, NSString* device, EndingPointer ending);

}  // namespace tatin
