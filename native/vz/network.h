#pragma once

#import "build-context.h"

namespace tatin {

// [{macAddress, attachment}].
NSArray<VZNetworkDeviceConfiguration*>* BuildNetworks(const std::vector<Document>& devices, const BuildContext& context);

// {kind: "nat"}, {kind: "bridged", interface}, {kind: "descriptor", descriptor, maximumTransmissionUnit} or {kind: "vmnet", ...}.
VZNetworkDeviceAttachment* BuildNetworkAttachment(const Document& attachment, const BuildContext& context);

// [{identifier, name}] of the interfaces that can be bridged to; empty without the entitlement for it.
NSArray<NSDictionary*>* BridgedInterfaces();

}  // namespace tatin
