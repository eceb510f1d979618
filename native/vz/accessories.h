// USB accessories of the Mac that its user gave to this app, by AccessoryAccess of macOS 27.
#pragma once

#import "events.h"

namespace tatin {

// Tells by events "accessoryConnected" and "accessoryDisconnected" {accessory} from now on. Ends with null.
void WatchAccessories(EventsPointer events, EndingPointer ending);
// The accessory of that name, or a Failure.
id AccessoryNamed(uint64_t name);

}  // namespace tatin
