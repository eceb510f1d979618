// Images that macOS is installed from (IPSW).
#pragma once

#import "events.h"

namespace tatin {

// Both end with {url, build, version, supported, requirements: {hardwareModel, cpuCount, memoryBytes} | null}. No
// requirements: this Mac can't install the image.
void FetchLatestRestoreImage(EndingPointer ending);
// `file` must be a file that exists: the framework raises an exception for any other address.
void LoadRestoreImage(NSURL* file, EndingPointer ending);

}  // namespace tatin
