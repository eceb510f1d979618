#pragma once

#import "build-context.h"

namespace tatin {

// {kind: "mac", width, height, unit: "points" | "pixels", pixelsPerInch} or {kind: "virtio", width, height}.
VZGraphicsDeviceConfiguration* BuildDisplay(const Document& display);

// The configuration that a running display is given to change its size.
VZGraphicsDisplayConfiguration* BuildDisplaySize(const Document& display) API_AVAILABLE(macos(14.0));

}  // namespace tatin
