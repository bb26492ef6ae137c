// SPDX-License-Identifier: Apache-2.0
// The kernel's own headers of rtnetlink(7): numbers and layouts, no library.
#pragma once
#include <sys/socket.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
