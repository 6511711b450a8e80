/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * This CPU's BPF ring. A record is reserved and filled in place. The kernel wants to know its size when it loads the
 * program, so that there are some sizes to choose from; the reader is woken by our own count of bytes.
 */
#ifndef XDPSIFT_BPF_RING_BPF_H
#define XDPSIFT_BPF_RING_BPF_H

#include <linux/errno.h>

#include "copy_frame.bpf.h"
#include "record.bpf.h"

/* Before each record the ring has a header of its own. */
#define RING_RECORD_HEADER 8

static __always_inline __u64 wakeup(struct xs_counters *ledger, __u32 record_bytes)
{
	__u64 unwoken = ledger->unwoken_bytes + RING_RECORD_HEADER + record_bytes;
	bool due = unwoken >= config.wakeup_bytes;

	ledger->unwoken_bytes = due ? 0 : unwoken;
	return due ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

/* For packets that are shorter than what is kept of each, where that saves half of the room. */
#define ROOM_FOR_SHORTER(bytes)                                                                    \
	do {                                                                                       \
		if ((!config.snaplen || 2 * (bytes) <= config.snaplen) && cap_len <= (bytes))      \
			return bytes;                                                              \
	} while (0)

/* How many bytes of a frame the record gets room for: one of a few numbers. */
static __always_inline __u32 room_for(__u32 cap_len)
{
	ROOM_FOR_SHORTER(96);
	ROOM_FOR_SHORTER(224);
	ROOM_FOR_SHORTER(480);
	ROOM_FOR_SHORTER(1520); /* an Ethernet frame of the usual MTU, with a VLAN tag */
	ROOM_FOR_SHORTER(4064);
	ROOM_FOR_SHORTER(16352);
	if (config.snaplen && config.snaplen <= XS_MAX_CAP_LEN)
		return config.snaplen;
	return XS_MAX_CAP_LEN;
}

/* 0, or why it is lost: -ENOENT where this CPU has no ring. */
static __always_inline long put_into_bpf_ring(struct xdp_md *ctx, struct xs_counters *ledger, __u32 cpu,
					      const struct selected *packet)
{
	void *ring = bpf_map_lookup_elem(&rings, &cpu);
	__u64 room = room_for(packet->cap_len);
	struct xs_event *event;

	if (!ring)
		return -ENOENT;
	event = bpf_ringbuf_reserve(ring, sizeof(*event) + room, 0);
	if (!event)
		return -ENOSPC;
	describe(event, ctx, ledger, cpu, packet);
	if (!copy_frame(ctx, event + 1, room, packet->cap_len)) {
		bpf_ringbuf_discard(event, BPF_RB_NO_WAKEUP);
		return -EFAULT;
	}
	bpf_ringbuf_submit(event, wakeup(ledger, sizeof(*event) + room));
	return 0;
}

#endif
