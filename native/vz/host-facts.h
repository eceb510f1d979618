// What this Mac and this process can do.
#pragma once

#import "events.h"

namespace tatin {

// The JSON text of what electron/hypervisor/vz/document.ts calls HostFacts.
std::string HostFacts();
// Asks the user and downloads Rosetta for Linux guests.
void InstallRosetta(EndingPointer ending);

}  // namespace tatin
