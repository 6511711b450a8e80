/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef XDPSIFT_IPV4_BPF_H
#define XDPSIFT_IPV4_BPF_H

#include <linux/ip.h>

#include "addresses.bpf.h"
#include "ports.bpf.h"
#include "verdict.bpf.h"

#define IPV4_OFFSET_MASK 0x1fff

static __always_inline enum match match_ipv4(__u32 fields, void *cursor, void *end)
{
	struct iphdr *ip = cursor;
	struct ports *ports;
	__u32 header_len, total_len;

	if ((void *)(ip + 1) > end)
		return MALFORMED;
	header_len = ip->ihl * 4;
	total_len = bpf_ntohs(ip->tot_len);
	/* A length of 0: more than 65,535 bytes, as large receive offload hands over. */
	if (ip->version != 4 || header_len < sizeof(*ip) || (total_len && total_len < header_len))
		return MALFORMED;

	if (fields & XS_MATCH_SRC && !ipv4_in_list(XS_LIST_SRC, ip->saddr))
		return NO_MATCH;
	if (fields & XS_MATCH_DST && !ipv4_in_list(XS_LIST_DST, ip->daddr))
		return NO_MATCH;
	if (fields & XS_MATCH_HOST && !ipv4_in_list(XS_LIST_EITHER, ip->saddr) &&
	    !ipv4_in_list(XS_LIST_EITHER, ip->daddr))
		return NO_MATCH;
	if (fields & XS_MATCH_PROTO && !bitmap_has(filter.protocols, ip->protocol))
		return NO_MATCH;

	if (!(fields & XS_MATCH_PORTS))
		return MATCH;
	if (!has_ports(ip->protocol) || ip->frag_off & bpf_htons(IPV4_OFFSET_MASK))
		return NO_MATCH;
	ports = cursor + header_len;
	if ((void *)(ports + 1) > end || (total_len && total_len < header_len + sizeof(*ports)))
		return MALFORMED;
	return ports_match(fields, ports) ? MATCH : NO_MATCH;
}

#endif
