#pragma once

#import "build-context.h"

namespace tatin {

// {kind: "vmnet", mode: "shared" | "host", subnet?: {address, mask}, reservation?: {macAddress, address},
// forwards: [{protocol, hostPort, guestPort, guestAddress}]}: a network of its own, in this process, from macOS 26 on.
VZNetworkDeviceAttachment* BuildVmnetAttachment(const Document& attachment, const BuildContext& context);

}  // namespace tatin
