#pragma once

#import "build-context.h"

namespace tatin {

// {kind: "mac"}, {kind: "efi", variableStore} or {kind: "linux", kernel, commandLine, initialRamdisk?}.
VZBootLoader* BuildBootLoader(const Document& boot);

}  // namespace tatin
