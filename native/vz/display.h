#pragma once

#import "machine.h"

namespace tatin {

// {kind: "mac", width, height, unit: "points" | "pixels", pixelsPerInch} or {kind: "virtio", width, height}.
VZGraphicsDeviceConfiguration* BuildDisplay(const Document& display);

// Tells of changes of the display's size by events "displayChanged" {width, height} from now on.
void WatchDisplay(TatinMachine* machine);

}  // namespace tatin
