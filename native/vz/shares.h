#pragma once

#import "build-context.h"

namespace tatin {

// [{tag, share}].
NSArray<VZDirectorySharingDeviceConfiguration*>* BuildShares(const std::vector<Document>& shares);

// {kind: "single", path, readOnly}, {kind: "multiple", folders: [{name, path, readOnly}]} or
// {kind: "rosetta", caching?: {kind: "unix", path} | {kind: "abstract", name}}.
VZDirectoryShare* BuildShare(const Document& share);

}  // namespace tatin
