/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef XDPSIFT_IPV4_BPF_H
#define XDPSIFT_IPV4_BPF_H

#include <linux/ip.h>

#include "addresses.bpf.h"
#include "ports.bpf.h"
#include "verdict.bpf.h"

#define IPV4_OFFSET_MASK 0x1fff
/* The first byte of nearly every packet: version 4, a header without options. */
#define IPV4_PLAIN 0x45

static __always_inline bool is_plain(const struct iphdr *ip)
{
	return *(const __u8 *)ip == IPV4_PLAIN;
}

static __always_inline __u32 ipv4_header_len(const struct iphdr *ip)
{
	return ip->ihl * 4;
}

/* `last`: the packet's last byte, by its own word. */
static __always_inline bool is_sound(const struct iphdr *ip, __u32 last)
{
	if (is_plain(ip))
		return last >= sizeof(*ip) - 1;
	return ip->version == 4 && ipv4_header_len(ip) >= sizeof(*ip) && last >= ipv4_header_len(ip) - 1;
}

static __always_inline enum match match_ipv4(__u32 fields, void *cursor, void *end)
{
	struct iphdr *ip = cursor;
	__u32 last;

	if ((void *)(ip + 1) > end)
		return MALFORMED;
	/* A length of 0: more than 65,535 bytes, as large receive offload hands over. */
	last = bpf_ntohs(ip->tot_len) - 1;
	if (!is_sound(ip, last))
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
	if (is_plain(ip))
		return match_ports(fields, ip->protocol, ip, sizeof(*ip), last, end);
	return match_ports(fields, ip->protocol, ip, ipv4_header_len(ip), last, end);
}

#endif
