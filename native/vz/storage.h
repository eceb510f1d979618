#pragma once

#import "build-context.h"

namespace tatin {

// [{device: "virtio" | "usb" | "nvme", identifier?, attachment}], the first to start from.
NSArray<VZStorageDeviceConfiguration*>* BuildStorage(const std::vector<Document>& devices, const BuildContext& context);

// {kind: "image", path, readOnly, caching, synchronization}, {kind: "block", descriptor, readOnly, synchronization} or
// {kind: "nbd", url, timeoutSeconds, readOnly, synchronization}. Fails if the file is missing, or is not a raw image.
VZStorageDeviceAttachment* BuildStorageAttachment(const Document& attachment, const BuildContext& context);

}  // namespace tatin
