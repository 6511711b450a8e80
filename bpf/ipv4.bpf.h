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
	__u32 header_len, last;

	if ((void *)(ip + 1) > end)
		return MALFORMED;
	header_len = ip->ihl * 4;
	/* The packet's last byte. A length of 0: more than 65,535 bytes, as large receive offload hands over. */
	last = bpf_ntohs(ip->tot_len) - 1;
	if (ip->version != 4 || header_len < sizeof(*ip) || last < header_len - 1)
		return MALFORMED;

	if (fields & XS_MATCH_SRC && !ipv4_in_list(XS_LIST_SRC, ip->saddr))
		return NO_MATCH;
	if (fields & XS_MATCH_DST && !ipv4_in_list(XS_LIST_DST, ip->daddr))
		return NO_MATCH;
	if (fields & XS_MATCH_HOST && !ipv4_in_list(XS_LIST_EITHER, ip->saddr) &&
	    !ipv4_in_list(XS_LIST_EITHER, ip->daddr))
		return NO_MATCH;
	if (fields & XS_MATCH_PROTO && !protocol_in_list(ip->protocol))
		return NO_MATCH;

	if (!(fields & XS_MATCH_PORTS))
		return MATCH;
	if (ip->frag_off & bpf_htons(IPV4_OFFSET_MASK))
		return NO_MATCH;
	return match_ports(fields, ip->protocol, ip, header_len, last, end);
}

#endif
