/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What stands before a packet's bytes in either ring. */
#ifndef XDPSIFT_RECORD_BPF_H
#define XDPSIFT_RECORD_BPF_H

#include "maps.bpf.h"
#include "select.bpf.h"

/* Sets every byte of it. */
static __always_inline void describe(struct xs_event *event, struct xdp_md *ctx,
				     const struct xs_counters *ledger, __u32 cpu,
				     const struct selected *packet)
{
	event->time_ns = packet->time_ns;
	event->packet_id = (__u64)cpu << XS_PACKET_ID_CPU_SHIFT | ledger->selected;
	event->frame_len = packet->frame_len;
	event->cap_len = packet->cap_len;
	event->queue = ctx->rx_queue_index;
	event->interface_id = config.interface_id;
	event->version = XS_CONTRACT_VERSION;
	event->reserved = 0;
}

#endif
