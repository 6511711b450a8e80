/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Address lists: a search that the loader writes for each, or one look-up in the trie of prefixes. */
#ifndef XDPSIFT_ADDRESSES_BPF_H
#define XDPSIFT_ADDRESSES_BPF_H

#include <stdbool.h>
#include <linux/in6.h>
#include <bpf/bpf_endian.h>

#include "maps.bpf.h"
#include "place.bpf.h"

#define ADDRESS_PLACES(name, list)                                                                 \
	static __noinline __u64 ipv4_in_##name(__u64 address)                                      \
	{                                                                                          \
		__u64 found;                                                                       \
                                                                                                   \
		PLACE(found, XS_PLACE_ADDRESSES(list, 4), "r"(address));                           \
		return found;                                                                      \
	}                                                                                          \
	static __noinline __u64 ipv6_in_##name(__u64 upper, __u64 lower)                           \
	{                                                                                          \
		__u64 found;                                                                       \
                                                                                                   \
		PLACE(found, XS_PLACE_ADDRESSES(list, 6), "r"(upper), "r"(lower));                 \
		return found;                                                                      \
	}
ADDRESS_PLACES(src, XS_LIST_SRC)
ADDRESS_PLACES(dst, XS_LIST_DST)
ADDRESS_PLACES(either, XS_LIST_EITHER)

static __always_inline bool ipv4_in_list(__u32 list, __be32 address)
{
	__u64 host_order = bpf_ntohl(address);

	if (filter.addresses[list].v4_trie) {
		struct xs_prefix key = {
			.prefix_len = XS_PREFIX_BITS + 32, .list = list, .family = 4 };

		__builtin_memcpy(key.address, &address, sizeof(address));
		return bpf_map_lookup_elem(&prefixes, &key);
	}
	if (list == XS_LIST_SRC)
		return ipv4_in_src(host_order);
	if (list == XS_LIST_DST)
		return ipv4_in_dst(host_order);
	return ipv4_in_either(host_order);
}

static __always_inline bool ipv6_in_list(__u32 list, const struct in6_addr *address)
{
	const __be64 *halves = (const __be64 *)address;
	__u64 upper, lower;

	if (filter.addresses[list].v6_trie) {
		struct xs_prefix key = {
			.prefix_len = XS_PREFIX_BITS + 128, .list = list, .family = 6 };

		__builtin_memcpy(key.address, address, sizeof(*address));
		return bpf_map_lookup_elem(&prefixes, &key);
	}
	upper = bpf_be64_to_cpu(halves[0]);
	lower = bpf_be64_to_cpu(halves[1]);
	if (list == XS_LIST_SRC)
		return ipv6_in_src(upper, lower);
	if (list == XS_LIST_DST)
		return ipv6_in_dst(upper, lower);
	return ipv6_in_either(upper, lower);
}

#endif
