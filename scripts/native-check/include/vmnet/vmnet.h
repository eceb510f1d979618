#pragma once
// The logical networks of vmnet, as macOS 26 has them, as far as native/vz uses them; see ../Foundation/Foundation.h.
#import <Foundation/Foundation.h>
#include <net/ethernet.h>
#include <netinet/in.h>

typedef uint32_t operating_modes_t;
enum : uint32_t { VMNET_HOST_MODE = 1000, VMNET_SHARED_MODE = 1001 };
typedef uint32_t vmnet_return_t;
enum : uint32_t { VMNET_SUCCESS = 1000 };
typedef struct vmnet_network_configuration* vmnet_network_configuration_ref;
typedef struct vmnet_network* vmnet_network_ref;

extern "C" {
vmnet_network_configuration_ref vmnet_network_configuration_create(operating_modes_t mode, vmnet_return_t* status)
    API_AVAILABLE(macos(26.0));
vmnet_return_t vmnet_network_configuration_set_ipv4_subnet(vmnet_network_configuration_ref configuration,
                                                           const struct in_addr* subnet, const struct in_addr* mask)
    API_AVAILABLE(macos(26.0));
vmnet_return_t vmnet_network_configuration_add_dhcp_reservation(vmnet_network_configuration_ref configuration,
                                                                const ether_addr_t* client,
                                                                const struct in_addr* reservation)
    API_AVAILABLE(macos(26.0));
vmnet_return_t vmnet_network_configuration_add_port_forwarding_rule(vmnet_network_configuration_ref configuration,
                                                                    uint8_t protocol, sa_family_t family,
                                                                    uint16_t internal_port, uint16_t external_port,
                                                                    const void* internal_address)
    API_AVAILABLE(macos(26.0));
vmnet_network_ref vmnet_network_create(vmnet_network_configuration_ref configuration, vmnet_return_t* status)
    API_AVAILABLE(macos(26.0));
void vmnet_network_get_ipv4_subnet(vmnet_network_ref network, struct in_addr* subnet, struct in_addr* mask)
    API_AVAILABLE(macos(26.0));
}
