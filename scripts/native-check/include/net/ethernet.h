#pragma once
// The part of Darwin's <net/ethernet.h> that Virtualization's declarations name; see ../Foundation/Foundation.h.
typedef struct ether_addr {
  unsigned char octet[6];
} ether_addr_t;
