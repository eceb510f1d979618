#import "network.h"

#import "descriptors.h"
#import "failure.h"
#import "vmnet-network.h"

namespace tatin {

namespace {

VZNetworkDeviceAttachment* BuildBridged(const Document& attachment) {
  NSString* wanted = attachment.Text(@"interface");
  for (VZBridgedNetworkInterface* interface in VZBridgedNetworkInterface.networkInterfaces) {
    if ([interface.identifier isEqualToString:wanted] || [interface.localizedDisplayName isEqualToString:wanted])
      return [[VZBridgedNetworkDeviceAttachment alloc] initWithInterface:interface];
  }
  throw Failure(Problem::kState, [NSString stringWithFormat:@"This Mac has no network interface \"%@\".", wanted]);
}

VZNetworkDeviceAttachment* BuildDescriptor(const Document& attachment) {
  VZFileHandleNetworkDeviceAttachment* built = [[VZFileHandleNetworkDeviceAttachment alloc]
      initWithFileHandle:HandleOnDuplicateOf(attachment.Descriptor(@"descriptor"))];
  built.maximumTransmissionUnit = static_cast<NSInteger>(attachment.Whole(@"maximumTransmissionUnit"));
  return built;
}

VZNetworkDeviceAttachment* BuildAttachment(const Document& attachment, const BuildContext& context) {
  NSString* kind = attachment.Text(@"kind");
  if ([kind isEqualToString:@"nat"]) return [[VZNATNetworkDeviceAttachment alloc] init];
  if ([kind isEqualToString:@"bridged"]) return BuildBridged(attachment);
  if ([kind isEqualToString:@"descriptor"]) return BuildDescriptor(attachment);
  if ([kind isEqualToString:@"vmnet"]) return BuildVmnetAttachment(attachment, context);
  attachment.Unknown(@"kind");
}

VZNetworkDeviceConfiguration* BuildDevice(const Document& device, const BuildContext& context) {
  VZMACAddress* mac = [[VZMACAddress alloc] initWithString:device.Text(@"macAddress")];
  if (mac == nil) device.Unknown(@"macAddress");
  VZVirtioNetworkDeviceConfiguration* built = [[VZVirtioNetworkDeviceConfiguration alloc] init];
  built.MACAddress = mac;
  built.attachment = BuildAttachment(device.Object(@"attachment"), context);
  return built;
}

}  // namespace

NSArray<VZNetworkDeviceConfiguration*>* BuildNetworks(const std::vector<Document>& devices,
                                                      const BuildContext& context) {
  NSMutableArray<VZNetworkDeviceConfiguration*>* built = [NSMutableArray array];
  for (const Document& device : devices) [built addObject:BuildDevice(device, context)];
  return built;
}

NSArray<NSDictionary*>* BridgedInterfaces() {
  NSMutableArray<NSDictionary*>* interfaces = [NSMutableArray array];
  for (VZBridgedNetworkInterface* interface in VZBridgedNetworkInterface.networkInterfaces) {
    NSString* name = interface.localizedDisplayName;
    [interfaces addObject:@{
      @"identifier" : interface.identifier,
      @"name" : name == nil ? interface.identifier : name,
    }];
  }
  return interfaces;
}

}  // namespace tatin
