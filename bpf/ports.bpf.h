/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef XDPSIFT_PORTS_BPF_H
#define XDPSIFT_PORTS_BPF_H

#include <linux/in.h>
#include <bpf/bpf_endian.h>

#include "bitmap.bpf.h"
#include "maps.bpf.h"

#define XS_MATCH_PORTS (XS_MATCH_SPORT | XS_MATCH_DPORT | XS_MATCH_PORT)

/* The first four bytes of TCP, UDP, DCCP, SCTP and UDP-Lite alike. */
struct ports {
	__be16 source;
	__be16 dest;
};

static __always_inline bool has_ports(__u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP ||
	       protocol == IPPROTO_DCCP || protocol == IPPROTO_UDPLITE;
}

static __always_inline bool ports_match(__u32 fields, const struct ports *ports)
{
	__u16 source = bpf_ntohs(ports->source);
	__u16 dest = bpf_ntohs(ports->dest);

	if (fields & XS_MATCH_SPORT && !bitmap_has(filter.ports[XS_LIST_SRC], source))
		return false;
	if (fields & XS_MATCH_DPORT && !bitmap_has(filter.ports[XS_LIST_DST], dest))
		return false;
	if (fields & XS_MATCH_PORT && !bitmap_has(filter.ports[XS_LIST_EITHER], source) &&
	    !bitmap_has(filter.ports[XS_LIST_EITHER], dest))
		return false;
	return true;
}

#endif
