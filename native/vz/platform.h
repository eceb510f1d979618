#pragma once

#import "build-context.h"

namespace tatin {

// {kind: "mac", hardwareModel, machineIdentifier, auxiliaryStorage} or {kind: "generic", machineIdentifier?, nested}.
VZPlatformConfiguration* BuildPlatform(const Document& platform);

}  // namespace tatin
