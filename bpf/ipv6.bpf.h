/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef XDPSIFT_IPV6_BPF_H
#define XDPSIFT_IPV6_BPF_H

#include "addresses.bpf.h"
#include "extensions.bpf.h"
#include "ports.bpf.h"
#include "verdict.bpf.h"

static __always_inline enum match match_ipv6(__u32 fields, void *cursor, void *end)
{
	struct ipv6hdr *ip = cursor;
	struct upper_layer upper;
	__u32 last;
	bool whole_chain;

	if ((void *)(ip + 1) > end || ip->version != 6)
		return MALFORMED;
	if (fields & XS_MATCH_SRC && !ipv6_in_list(XS_LIST_SRC, &ip->saddr))
		return NO_MATCH;
	if (fields & XS_MATCH_DST && !ipv6_in_list(XS_LIST_DST, &ip->daddr))
		return NO_MATCH;
	if (fields & XS_MATCH_HOST && !ipv6_in_list(XS_LIST_EITHER, &ip->saddr) &&
	    !ipv6_in_list(XS_LIST_EITHER, &ip->daddr))
		return NO_MATCH;

	if (!(fields & (XS_MATCH_PORTS | XS_MATCH_PROTO)))
		return MATCH;
	/* The payload's last byte. A length of 0: a jumbogram (RFC 2675), or large receive offload. */
	last = bpf_ntohs(ip->payload_len) - 1;
	/* Most packets have no extension headers. */
	if (!is_extension(ip->nexthdr)) {
		if (fields & XS_MATCH_PROTO && !protocol_in_list(ip->nexthdr))
			return NO_MATCH;
		if (!(fields & XS_MATCH_PORTS))
			return MATCH;
		return match_ports(fields, ip->nexthdr, ip + 1, 0, last, end);
	}
	whole_chain = walk_extensions(fields, ip, end, last, &upper);
	if (fields & XS_MATCH_PROTO && !upper.proto_match)
		return whole_chain ? NO_MATCH : MALFORMED;

	if (!(fields & XS_MATCH_PORTS))
		return MATCH;
	if (!whole_chain)
		return MALFORMED;
	if (upper.later_fragment)
		return NO_MATCH;
	return match_ports(fields, upper.protocol, ip + 1, upper.offset, last, end);
}

#endif
