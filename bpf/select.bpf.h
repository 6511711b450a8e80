/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Which of the matching packets are copied: the sample first, then the budget. */
#ifndef XDPSIFT_SELECT_BPF_H
#define XDPSIFT_SELECT_BPF_H

#include "budget.bpf.h"
#include "frame.bpf.h"
#include "ledger.bpf.h"

/* A packet on its way to the ring. */
struct selected {
	__u64 time_ns;
	__u32 frame_len;
	__u32 cap_len;
};

/* splitmix64: seeded, and a third of the cost of the kernel's random helper. The state is this CPU's own. */
static __always_inline __u64 next_random(struct xs_counters *ledger)
{
	__u64 x = ledger->random_state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static __always_inline bool select(struct xdp_md *ctx, struct xs_counters *ledger, struct selected *packet)
{
	if (config.sample_threshold && next_random(ledger) >= config.sample_threshold) {
		COUNT(ledger->sampled_out);
		return false;
	}
	packet->time_ns = bpf_ktime_get_ns();
	if (config.time_limit && packet->time_ns >= control.deadline_ns) {
		COUNT(ledger->over_budget);
		return false;
	}
	packet->frame_len = frame_len(ctx);
	packet->cap_len = packet->frame_len;
	if (config.snaplen && packet->cap_len > config.snaplen)
		packet->cap_len = config.snaplen;
	if (packet->cap_len <= XS_MAX_CAP_LEN && !budget_take(packet->cap_len)) {
		COUNT(ledger->over_budget);
		return false;
	}
	ledger->selected++;
	return true;
}

#endif
