/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Copies a selected packet into this CPU's ring; what the ring refuses is counted. */
#ifndef XDPSIFT_EMIT_BPF_H
#define XDPSIFT_EMIT_BPF_H

#include <linux/errno.h>

#include "budget.bpf.h"
#include "ledger.bpf.h"
#include "select.bpf.h"

static __always_inline void emit(struct xdp_md *ctx, struct xs_counters *ledger, __u32 cpu,
				 const struct selected *packet)
{
	struct xs_event event = {
		.time_ns = packet->time_ns,
		.packet_id = (__u64)cpu << XS_PACKET_ID_CPU_SHIFT | ledger->selected,
		.frame_len = packet->frame_len,
		.cap_len = packet->cap_len,
		.queue = ctx->rx_queue_index,
		.interface_id = config.interface_id,
		.version = XS_CONTRACT_VERSION,
	};
	/* The upper half tells the helper how many bytes of the frame to append. */
	__u64 flags = BPF_F_CURRENT_CPU | (__u64)packet->cap_len << 32;
	long error;

	if (packet->cap_len > XS_MAX_CAP_LEN) {
		ledger->ring_lost++;
		ledger->oversize++;
		return;
	}
	error = bpf_perf_event_output(ctx, &events, flags, &event, sizeof(event));
	if (error) {
		ledger->ring_lost++;
		/* It was offline at the start, or has been since, which takes the ring from it for good. */
		if (error == -ENOENT || error == -EOPNOTSUPP)
			ledger->ringless++;
		budget_give_back(packet->cap_len);
	}
}

#endif
