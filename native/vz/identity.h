// What a new machine needs before its first start.
#pragma once

#import "document.h"

namespace tatin {

// {path, hardwareModel, overwrite}: the NVRAM of a macOS guest.
void CreateAuxiliaryStorage(const Document& request);
// {path, overwrite}: the NVRAM of a guest that starts by EFI.
void CreateVariableStore(const Document& request);
// Base64 of a new identifier, "mac" or "generic".
NSString* CreateMachineIdentifier(const std::string& kind);

}  // namespace tatin
