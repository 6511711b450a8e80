/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What follows the IP header: which protocol it is, and its ports. */
#ifndef XDPSIFT_PORTS_BPF_H
#define XDPSIFT_PORTS_BPF_H

#include <linux/in.h>
#include <bpf/bpf_endian.h>

#include "bitmap.bpf.h"
#include "maps.bpf.h"
#include "verdict.bpf.h"

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

static __always_inline bool port_in_list(__u32 list, __be16 port)
{
	__u32 only = filter.only_port[list];

	return only == XS_SEVERAL ? bitmap_has(filter.ports[list], bpf_ntohs(port)) : port == only;
}

static __always_inline bool protocol_in_list(__u8 protocol)
{
	__u32 only = filter.only_protocol;

	return only == XS_SEVERAL ? bitmap_has(filter.protocols, protocol) : protocol == only;
}

static __always_inline bool ports_match(__u32 fields, const struct ports *ports)
{
	if (fields & XS_MATCH_SPORT && !port_in_list(XS_LIST_SRC, ports->source))
		return false;
	if (fields & XS_MATCH_DPORT && !port_in_list(XS_LIST_DST, ports->dest))
		return false;
	if (fields & XS_MATCH_PORT && !port_in_list(XS_LIST_EITHER, ports->source) &&
	    !port_in_list(XS_LIST_EITHER, ports->dest))
		return false;
	return true;
}

/* The protocol stands `offset` bytes behind `start`, from where on the packet's last byte is `last`. */
static __always_inline enum match match_ports(__u32 fields, __u8 protocol, void *start, __u32 offset,
					      __u32 last, void *end)
{
	struct ports *ports = start + offset;

	if (!has_ports(protocol))
		return NO_MATCH;
	if ((void *)(ports + 1) > end || last < offset + sizeof(*ports) - 1)
		return MALFORMED;
	return ports_match(fields, ports) ? MATCH : NO_MATCH;
}

#endif
