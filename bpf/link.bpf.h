/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Ethernet and up to XS_MAX_TAGS VLAN tags. */
#ifndef XDPSIFT_LINK_BPF_H
#define XDPSIFT_LINK_BPF_H

#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>

#include "bitmap.bpf.h"
#include "maps.bpf.h"

#define VLAN_ID_MASK 0x0fff

struct vlan_tag {
	__be16 tci;
	__be16 inner_proto;
};

struct link {
	__be16 proto;	 /* ethertype behind the tags */
	bool vlan_match; /* a tag carries one of the VLAN ids asked for */
};

/* Asked first: most frames carry no tag, and what is not IP costs least of all. */
static __always_inline bool is_ip(__be16 proto)
{
	return proto == bpf_htons(ETH_P_IP) || proto == bpf_htons(ETH_P_IPV6);
}

static __always_inline bool is_vlan(__be16 proto)
{
	return proto == bpf_htons(ETH_P_8021Q) || proto == bpf_htons(ETH_P_8021AD) ||
	       proto == bpf_htons(ETH_P_QINQ1);
}

/* Moves the cursor behind the link layer; false when it is cut short. */
static __always_inline bool parse_link(__u32 fields, void **cursor, void *end, struct link *link)
{
	struct ethhdr *eth = *cursor;

	if ((void *)(eth + 1) > end)
		return false;
	*cursor = eth + 1;
	/* Not as a member of ethhdr, which is packed: it would be read in two bytes. */
	link->proto = ((__be16 *)*cursor)[-1];
	link->vlan_match = false;
	if (is_ip(link->proto))
		return true;
	for (int i = 0; i < XS_MAX_TAGS; i++) {
		struct vlan_tag *tag = *cursor;

		if (!is_vlan(link->proto))
			break;
		if ((void *)(tag + 1) > end)
			return false;
		if (fields & XS_MATCH_VLAN &&
		    bitmap_has(filter.vlans, bpf_ntohs(tag->tci) & VLAN_ID_MASK))
			link->vlan_match = true;
		link->proto = tag->inner_proto;
		*cursor = tag + 1;
	}
	return true;
}

#endif
