#import "vmnet-network.h"

#import "failure.h"
#import "newer-apis.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#if TATIN_SDK_HAS_26
#include <vmnet/vmnet.h>

// Keeps a network for as long as a machine is in it: it ends with its last reference.
API_AVAILABLE(macos(26.0))
@interface TatinVmnetNetwork : NSObject
@end

@implementation TatinVmnetNetwork {
  vmnet_network_ref _network;
}

- (instancetype)initTakingOver:(vmnet_network_ref)network {
  self = [super init];
  if (self != nil) _network = network;
  return self;
}

- (void)dealloc {
  CFRelease(static_cast<CFTypeRef>(_network));
}

@end
#endif

namespace tatin {

#if TATIN_SDK_HAS_26

namespace {

struct API_AVAILABLE(macos(26.0)) Configuration {
  vmnet_network_configuration_ref ref;
  explicit Configuration(vmnet_network_configuration_ref made) : ref(made) {}
  ~Configuration() {
    if (ref != nullptr) CFRelease(static_cast<CFTypeRef>(ref));
  }
  Configuration(const Configuration&) = delete;
  Configuration& operator=(const Configuration&) = delete;
};

void Check(vmnet_return_t status, NSString* what) {
  if (status == VMNET_SUCCESS) return;
  throw Failure(Problem::kSystem, [NSString stringWithFormat:@"%@ failed: vmnet answered %u.", what, static_cast<unsigned>(status)]);
}

struct in_addr AddressOf(const Document& from, NSString* key) {
  struct in_addr address;
  NSString* text = from.Text(key);
  if (inet_pton(AF_INET, text.UTF8String, &address) != 1) from.Unknown(key);
  return address;
}

uint16_t PortOf(const Document& forward, NSString* key) {
  uint64_t port = forward.Whole(key);
  if (port < 1 || port > 65535) forward.Unknown(key);
  return static_cast<uint16_t>(port);
}

API_AVAILABLE(macos(26.0))
void AddForward(vmnet_network_configuration_ref configuration, const Document& forward) {
  NSString* protocol = forward.Text(@"protocol");
  bool tcp = [protocol isEqualToString:@"tcp"];
  if (!tcp && ![protocol isEqualToString:@"udp"]) forward.Unknown(@"protocol");
  struct in_addr guest = AddressOf(forward, @"guestAddress");
  Check(vmnet_network_configuration_add_port_forwarding_rule(
            configuration, static_cast<uint8_t>(tcp ? IPPROTO_TCP : IPPROTO_UDP), AF_INET,
            PortOf(forward, @"guestPort"), PortOf(forward, @"hostPort"), &guest),
        @"Forwarding a port");
}

API_AVAILABLE(macos(26.0))
void Reserve(vmnet_network_configuration_ref configuration, const Document& reservation) {
  VZMACAddress* mac = [[VZMACAddress alloc] initWithString:reservation.Text(@"macAddress")];
  if (mac == nil) reservation.Unknown(@"macAddress");
  ether_addr_t client = mac.ethernetAddress;
  struct in_addr address = AddressOf(reservation, @"address");
  Check(vmnet_network_configuration_add_dhcp_reservation(configuration, &client, &address),
        @"Reserving the guest's address");
}

// Some versions take a subnet and use another one, so it is read back.
API_AVAILABLE(macos(26.0))
void CheckSubnet(vmnet_network_ref network, const Document& subnet) {
  struct in_addr got;
  struct in_addr gotMask;
  vmnet_network_get_ipv4_subnet(network, &got, &gotMask);
  struct in_addr wanted = AddressOf(subnet, @"address");
  struct in_addr mask = AddressOf(subnet, @"mask");
  if (gotMask.s_addr == mask.s_addr && (got.s_addr & mask.s_addr) == (wanted.s_addr & mask.s_addr)) return;
  throw Failure(Problem::kSystem, @"macOS gave the network another subnet than the one that was asked for.");
}

API_AVAILABLE(macos(26.0))
vmnet_network_ref CreateNetwork(const Document& attachment) {
  NSString* mode = attachment.Text(@"mode");
  bool shared = [mode isEqualToString:@"shared"];
  if (!shared && ![mode isEqualToString:@"host"]) attachment.Unknown(@"mode");
  vmnet_return_t status = VMNET_SUCCESS;
  Configuration configuration(
      vmnet_network_configuration_create(shared ? VMNET_SHARED_MODE : VMNET_HOST_MODE, &status));
  Check(status, @"Making a network");
  if (attachment.Has(@"subnet")) {
    Document subnet = attachment.Object(@"subnet");
    struct in_addr address = AddressOf(subnet, @"address");
    struct in_addr mask = AddressOf(subnet, @"mask");
    Check(vmnet_network_configuration_set_ipv4_subnet(configuration.ref, &address, &mask), @"Choosing the subnet");
  }
  if (attachment.Has(@"reservation")) Reserve(configuration.ref, attachment.Object(@"reservation"));
  for (const Document& forward : attachment.List(@"forwards")) AddForward(configuration.ref, forward);
  vmnet_network_ref network = vmnet_network_create(configuration.ref, &status);
  Check(status, @"Making a network");
  if (network == nullptr) throw Failure(Problem::kSystem, @"Making a network failed, and vmnet gave no reason.");
  return network;
}

}  // namespace

VZNetworkDeviceAttachment* BuildVmnetAttachment(const Document& attachment, const BuildContext& context) {
  if (@available(macOS 26.0, *)) {
    vmnet_network_ref network = CreateNetwork(attachment);
    [context.kept addObject:[[TatinVmnetNetwork alloc] initTakingOver:network]];
    if (attachment.Has(@"subnet")) CheckSubnet(network, attachment.Object(@"subnet"));
    return [[VZVmnetNetworkDeviceAttachment alloc] initWithNetwork:network];
  } else {
    FailAsTooOld(@"A network with a subnet of its own", @"26");
  }
}

#else

VZNetworkDeviceAttachment* BuildVmnetAttachment(const Document&, const BuildContext&) {
  throw Failure(Problem::kNotSupported, @"This Tatin was built without networks that have a subnet of their own.");
}

#endif

}  // namespace tatin
