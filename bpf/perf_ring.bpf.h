/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* This CPU's perf ring. The helper appends the frame's bytes itself, of whatever length; the ring wakes its reader. */
#ifndef XDPSIFT_PERF_RING_BPF_H
#define XDPSIFT_PERF_RING_BPF_H

#include "record.bpf.h"

/* 0, or why it is lost: -ENOENT and -EOPNOTSUPP where this CPU has no ring. */
static __always_inline long put_into_perf_ring(struct xdp_md *ctx, const struct xs_counters *ledger,
					       __u32 cpu, const struct selected *packet)
{
	/* The upper half tells the helper how many bytes of the frame to append. */
	__u64 flags = BPF_F_CURRENT_CPU | (__u64)packet->cap_len << 32;
	struct xs_event event;

	describe(&event, ctx, ledger, cpu, packet);
	return bpf_perf_event_output(ctx, &events, flags, &event, sizeof(event));
}

#endif
