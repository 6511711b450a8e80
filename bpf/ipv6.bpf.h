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
	struct ports *ports;
	__u32 packet_len;
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
	/* A length of 0: a jumbogram (RFC 2675), or large receive offload. */
	packet_len = bpf_ntohs(ip->payload_len);
	if (packet_len)
		packet_len += sizeof(*ip);
	whole_chain = walk_extensions(fields, ip, end, packet_len, &upper);
	if (fields & XS_MATCH_PROTO && !upper.proto_match)
		return whole_chain ? NO_MATCH : MALFORMED;

	if (!(fields & XS_MATCH_PORTS))
		return MATCH;
	if (!whole_chain)
		return MALFORMED;
	if (upper.later_fragment || !has_ports(upper.protocol))
		return NO_MATCH;
	ports = cursor + upper.offset;
	if ((void *)(ports + 1) > end || (packet_len && packet_len < upper.offset + sizeof(*ports)))
		return MALFORMED;
	return ports_match(fields, ports) ? MATCH : NO_MATCH;
}

#endif
