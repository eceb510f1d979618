#pragma once

#import "build-context.h"

namespace tatin {

// [{device: "virtio" | "usb", identifier?, attachment}], the first to start from. An attachment is {kind: "image", path,
// readOnly, caching, synchronization}, {kind: "block", descriptor, readOnly, synchronization} or {kind: "nbd", url,
// timeoutSeconds, readOnly, synchronization}. Fails if the file is missing, or is not a raw image.
NSArray<VZStorageDeviceConfiguration*>* BuildStorage(const std::vector<Document>& devices, const BuildContext& context);

}  // namespace tatin
