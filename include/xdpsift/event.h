/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one contract between the kernel program and user space: records, configuration, counters.
 * Plain C, fixed widths, explicit padding; sizes and offsets are asserted wherever it is included
 * (by clang for BPF and by the C++ compiler). Raise XS_CONTRACT_VERSION with every change of layout.
 */
#ifndef XDPSIFT_EVENT_H
#define XDPSIFT_EVENT_H

#include <linux/types.h>

#ifdef __cplusplus
#include <cstddef>
#define XS_ASSERT(condition) static_assert(condition, #condition)
#else
#include <stddef.h>
#define XS_ASSERT(condition) _Static_assert(condition, #condition)
#endif

#define XS_CONTRACT_VERSION 5

/*
 * The size of a perf record is 16 bits wide: header (8), the raw sample's length (4), our header, the
 * packet, padding to 8. A selected packet of which more must be kept is refused and counted.
 */
#define XS_MAX_CAP_LEN 65472

/* What stands in a ring for each selected packet: this header, then cap_len bytes of the frame. */
struct xs_event {
	__u64 time_ns;	    /* CLOCK_MONOTONIC, taken when the packet was selected */
	__u64 packet_id;    /* CPU << 48 | this CPU's count of selected packets, from 1: a gap is a loss */
	__u32 frame_len;    /* bytes on the wire, without FCS */
	__u32 cap_len;	    /* bytes of the frame that follow */
	__u32 queue;	    /* receive queue */
	__u16 interface_id; /* index of the interface in this capture, from 0 */
	__u8 version;	    /* XS_CONTRACT_VERSION */
	__u8 reserved;
};
XS_ASSERT(sizeof(struct xs_event) == 32);
XS_ASSERT(offsetof(struct xs_event, packet_id) == 8);
XS_ASSERT(offsetof(struct xs_event, frame_len) == 16);
XS_ASSERT(offsetof(struct xs_event, queue) == 24);
XS_ASSERT(offsetof(struct xs_event, interface_id) == 28);

#define XS_PACKET_ID_CPU_SHIFT 48
#define XS_PACKET_ID_COUNT_MASK ((1ULL << XS_PACKET_ID_CPU_SHIFT) - 1)

/*
 * The kernel's half of the ledger, a row for each CPU of each interface, written by that CPU alone and
 * memory-mapped by the reader. Units: packets. Row number: interface_id * cpu_count + CPU.
 */
struct xs_counters {
	__u64 seen;
	__u64 filtered_out;
	__u64 matched;
	__u64 sampled_out;
	__u64 rate_limited;
	__u64 over_budget;
	__u64 selected;
	__u64 ring_lost;
	__u64 malformed;    /* of filtered_out: a header that the filter needs is cut short or contradicts itself */
	__u64 oversize;	    /* of ring_lost: more to keep than XS_MAX_CAP_LEN */
	__u64 random_state; /* of the uniform sampler; the seed at the start */
	__u64 ringless;	    /* of ring_lost: this CPU has no ring, since it came online after the start */
	__u64 unwoken_bytes; /* put into a BPF ring since its reader was woken the last time */
	__u64 reserved[3];  /* a whole number of cache lines: no CPU writes into another's */
};
XS_ASSERT(sizeof(struct xs_counters) == 128);
XS_ASSERT(offsetof(struct xs_counters, malformed) == 64);
XS_ASSERT(offsetof(struct xs_counters, random_state) == 80);
XS_ASSERT(offsetof(struct xs_counters, ringless) == 88);

/* xs_config.ring */
#define XS_RING_PERF 0
#define XS_RING_BPF 1

/* xs_config.expression: there is one, and whether it looks at the frame's length. */
#define XS_EXPRESSION 1
#define XS_EXPRESSION_READS_LENGTH 2

/* What an expression says of a frame: UNDECIDED without bytes that were not at hand. */
#define XS_VERDICT_REJECT 0
#define XS_VERDICT_ACCEPT 1
#define XS_VERDICT_UNDECIDED 2

/* Of a frame in several fragments, what an expression can look at: as much as bpf_xdp_load_bytes() copies. */
#define XS_COPY_BYTES 65535

/* Set between open and load, then read-only: what is off costs nothing. */
struct xs_config {
	__u32 version; /* XS_CONTRACT_VERSION */
	__u32 interface_id;
	__u32 first_row;	/* of this interface in the counters: interface_id * possible CPUs */
	__u32 frags;		/* 1: frames may have several fragments (Linux 5.18) */
	__u64 sample_threshold; /* selected when a 64-bit random number is below; 0: every match */
	__u64 packet_limit;	/* packets that may be copied; 0: no limit */
	__u64 byte_limit;	/* packet bytes that may be copied; 0: no limit */
	__u32 time_limit;	/* 1: nothing is copied from xs_control.deadline_ns on */
	__u32 snaplen;		/* bytes kept of each packet; 0: all */
	__u32 expression;	/* 0: none; XS_EXPRESSION... */
	__u32 ring;		/* XS_RING_... */
	__u64 wakeup_bytes;	/* a BPF ring's reader is woken once so many have been put into it */
};
XS_ASSERT(sizeof(struct xs_config) == 64);
XS_ASSERT(offsetof(struct xs_config, sample_threshold) == 16);
XS_ASSERT(offsetof(struct xs_config, snaplen) == 44);

/* May change while the hook is live; memory-mapped. */
struct xs_control {
	__u64 deadline_ns;	/* CLOCK_MONOTONIC; written by user space */
	__u32 byte_limit_passed; /* 1: a packet did not fit into the byte limit; written by the kernel */
	__u32 reserved;
};
XS_ASSERT(sizeof(struct xs_control) == 16);

/* xs_filter.fields: which fields are asked for; a packet must satisfy each of them. */
#define XS_MATCH_SRC (1u << 0)
#define XS_MATCH_DST (1u << 1)
#define XS_MATCH_HOST (1u << 2)
#define XS_MATCH_SPORT (1u << 3)
#define XS_MATCH_DPORT (1u << 4)
#define XS_MATCH_PORT (1u << 5)
#define XS_MATCH_PROTO (1u << 6)
#define XS_MATCH_VLAN (1u << 7)

/* Which of the three lists of addresses, or of ports. */
#define XS_LIST_SRC 0
#define XS_LIST_DST 1
#define XS_LIST_EITHER 2
#define XS_LISTS 3

/* In place of the only number of a list: it has several, or none, and is looked up in its bitmap. */
#define XS_SEVERAL 0xffffffffu

/* VLAN tags, and IPv6 extension headers, that are looked through. */
#define XS_MAX_TAGS 2
#define XS_MAX_EXTENSIONS 8

struct xs_address_list {
	__u32 v4_trie; /* 1: the IPv4 addresses are in the trie, and not in their place (XS_PLACE_ADDRESSES) */
	__u32 v6_trie;
};
XS_ASSERT(sizeof(struct xs_address_list) == 8);

/* The structured filter. Bitmaps: bit n of word n / 64 stands for the number n. */
struct xs_filter {
	__u32 fields;
	__u32 reserved;
	struct xs_address_list addresses[XS_LISTS];
	__u64 ports[XS_LISTS][65536 / 64];
	__u64 protocols[256 / 64];
	__u64 vlans[4096 / 64];
	__u32 only_port[XS_LISTS]; /* network byte order; XS_SEVERAL */
	__u32 only_protocol;	   /* XS_SEVERAL */
};
XS_ASSERT(offsetof(struct xs_filter, addresses) == 8);
XS_ASSERT(offsetof(struct xs_filter, ports) == 32);
XS_ASSERT(offsetof(struct xs_filter, only_port) == 32 + 3 * 8192 + 32 + 512);
XS_ASSERT(sizeof(struct xs_filter) == 32 + 3 * 8192 + 32 + 512 + 16);

/* Key of the prefix trie. The list and the family stand before the address, so that one trie serves all. */
struct xs_prefix {
	__u32 prefix_len; /* XS_PREFIX_BITS + the prefix length of the address */
	__u16 list;	  /* XS_LIST_* */
	__u16 family;	  /* 4 or 6 */
	__u8 address[16]; /* network byte order; an IPv4 address takes the first four, the rest are zero */
};
XS_ASSERT(sizeof(struct xs_prefix) == 24);
#define XS_PREFIX_BITS 32

/*
 * Places: functions of the kernel program without code of their own, each with a number that stands in it. The loader
 * puts code there that depends on the configuration (loader/places.h). XS_PLACE_ADDRESSES: whether an address is in a
 * list; family 4: r1 in host byte order; family 6: r1 and r2 its halves in host byte order, upper first.
 */
#define XS_PLACE_EXPRESSION 0x58530001
#define XS_PLACE_EXPRESSION_ON_COPY 0x58530002
#define XS_PLACE_ADDRESSES(list, family) (0x58530010 + 2 * (list) + ((family) == 6))

#endif
