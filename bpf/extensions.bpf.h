/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The chain of IPv6 extension headers. What a header number means stands in a table and not in branches:
 * the verifier follows every branch of every header, which is more than it takes for eight of them.
 */
#ifndef XDPSIFT_EXTENSIONS_BPF_H
#define XDPSIFT_EXTENSIONS_BPF_H

#include <stdbool.h>
#include <linux/in.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>

#include "bitmap.bpf.h"
#include "maps.bpf.h"

/* The first eight bytes of every extension header (RFC 8200, RFC 4302). */
struct extension {
	__u8 next_header;
	__u8 len;
	__be16 fragment_offset; /* in a fragment header alone */
	__u8 rest[4];
};

/* Length in bytes: ((len & len_mask) + extra) << shift. */
struct extension_kind {
	__u8 shift; /* 0: not an extension header */
	__u8 extra;
	__u8 len_mask;
	__u8 fragment;
};

#define IN_EIGHTS { .shift = 3, .extra = 1, .len_mask = 0xff }

static const volatile struct extension_kind extension_kinds[256] = {
	[IPPROTO_HOPOPTS] = IN_EIGHTS,
	[IPPROTO_ROUTING] = IN_EIGHTS,
	[IPPROTO_DSTOPTS] = IN_EIGHTS,
	[IPPROTO_MH] = IN_EIGHTS,
	[139] = IN_EIGHTS, /* host identity, RFC 7401 */
	[140] = IN_EIGHTS, /* Shim6, RFC 5533 */
	[IPPROTO_AH] = { .shift = 2, .extra = 2, .len_mask = 0xff },
	[IPPROTO_FRAGMENT] = { .shift = 3, .extra = 1, .len_mask = 0, .fragment = 1 },
};

#define FRAGMENT_OFFSET_MASK 0xfff8

static __always_inline bool is_extension(__u8 header)
{
	return extension_kinds[header].shift;
}

/* What the chain leads to. */
struct upper_layer {
	__u32 offset; /* from the IPv6 header's end */
	__u8 protocol;
	__u8 proto_match;    /* 1: a header of the chain is one of those asked for */
	__u32 later_fragment; /* 1: what follows is not a header */
};

/* Walks up to XS_MAX_EXTENSIONS headers; false when the chain is longer or cut short: the payload's last byte is `last`. */
static __always_inline bool walk_extensions(__u32 fields, struct ipv6hdr *ip, void *end,
					    __u32 last, struct upper_layer *upper)
{
	__u32 offset = 0;
	__u32 header = ip->nexthdr;
	__u32 proto_match = 0;
	__u32 later_fragment = 0;

	/* Linux 5.10 takes a loop only where the compiler happens to put its head before the rest. */
#pragma unroll
	for (int i = 0; i <= XS_MAX_EXTENSIONS; i++) {
		const volatile struct extension_kind *kind = &extension_kinds[header & 0xff];
		struct extension *extension = (void *)(ip + 1) + offset;
		__u32 shift = kind->shift;
		__u32 is_later;

		if (fields & XS_MATCH_PROTO)
			proto_match |= bitmap_has(filter.protocols, header & 0xff);
		if (!shift || later_fragment) {
			upper->offset = offset;
			upper->protocol = header;
			upper->proto_match = proto_match;
			upper->later_fragment = later_fragment;
			return true;
		}
		if ((void *)(extension + 1) > end ||
		    last < offset + sizeof(*extension) - 1)
			break;
		is_later = extension->fragment_offset & bpf_htons(FRAGMENT_OFFSET_MASK);
		later_fragment = is_later * kind->fragment;
		offset += ((extension->len & kind->len_mask) + kind->extra) << shift;
		/* Eight headers stay below; said in assembly, since the verifier has to see a bound. */
		asm volatile("%0 &= 0x7fff" : "+r"(offset));
		header = extension->next_header;
	}
	upper->proto_match = proto_match;
	return false;
}

#endif
