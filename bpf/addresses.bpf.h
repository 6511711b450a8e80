/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Address lists: a few ranges compared in place, or one look-up in the trie of prefixes. The loops are unrolled, and
 * read the number of ranges before: the verifier then deletes the rounds that are not asked for.
 */
#ifndef XDPSIFT_ADDRESSES_BPF_H
#define XDPSIFT_ADDRESSES_BPF_H

#include <stdbool.h>
#include <linux/in6.h>
#include <bpf/bpf_endian.h>

#include "maps.bpf.h"

static __always_inline bool ipv4_in_list(__u32 list, __be32 address)
{
	const volatile struct xs_address_list *addresses = &filter.addresses[list];
	__u32 host_order = bpf_ntohl(address);
	__u32 count = addresses->v4_count;

	if (addresses->v4_trie) {
		struct xs_prefix key = {
			.prefix_len = XS_PREFIX_BITS + 32, .list = list, .family = 4 };

		__builtin_memcpy(key.address, &address, sizeof(address));
		return bpf_map_lookup_elem(&prefixes, &key);
	}
#pragma unroll
	for (__u32 i = 0; i < XS_INLINE_RANGES; i++) {
		if (i >= count)
			break;
		if (host_order - addresses->v4[i].first <= addresses->v4[i].span)
			return true;
	}
	return false;
}

static __always_inline bool ipv6_in_list(__u32 list, const struct in6_addr *address)
{
	const volatile struct xs_address_list *addresses = &filter.addresses[list];
	__u32 count = addresses->v6_count;
	__u64 upper, lower;

	if (addresses->v6_trie) {
		struct xs_prefix key = {
			.prefix_len = XS_PREFIX_BITS + 128, .list = list, .family = 6 };

		__builtin_memcpy(key.address, address, sizeof(*address));
		return bpf_map_lookup_elem(&prefixes, &key);
	}
	upper = (__u64)bpf_ntohl(address->in6_u.u6_addr32[0]) << 32 | bpf_ntohl(address->in6_u.u6_addr32[1]);
	lower = (__u64)bpf_ntohl(address->in6_u.u6_addr32[2]) << 32 | bpf_ntohl(address->in6_u.u6_addr32[3]);
#pragma unroll
	for (__u32 i = 0; i < XS_INLINE_RANGES; i++) {
		const volatile struct xs_range6 *range = &addresses->v6[i];
		__u64 first, last;

		if (i >= count)
			break;
		first = range->first[0];
		last = range->last[0];
		if (upper < first || upper > last || (upper == first && lower < range->first[1]) ||
		    (upper == last && lower > range->last[1]))
			continue;
		return true;
	}
	return false;
}

#endif
