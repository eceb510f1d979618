#pragma once

#import "build-context.h"

namespace tatin {

// [{macAddress, attachment}], where an attachment is {kind: "nat"}, {kind: "bridged", interface}, {kind: "descriptor",
// descriptor, maximumTransmissionUnit} or {kind: "vmnet", ...}.
NSArray<VZNetworkDeviceConfiguration*>* BuildNetworks(const std::vector<Document>& devices, const BuildContext& context);

// [{identifier, name}] of the interfaces that can be bridged to; empty without the entitlement for it.
NSArray<NSDictionary*>* BridgedInterfaces();

}  // namespace tatin
