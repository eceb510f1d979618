#pragma once

#import "build-context.h"

namespace tatin {

// [{tag, share}], where a share is {kind: "single", path, readOnly}, {kind: "multiple", folders: [{name, path, readOnly}]}
// or {kind: "rosetta"}.
NSArray<VZDirectorySharingDeviceConfiguration*>* BuildShares(const std::vector<Document>& shares);

}  // namespace tatin
