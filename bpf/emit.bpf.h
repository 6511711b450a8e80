/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Copies a selected packet into this CPU's ring, of either kind; what the ring refuses is counted. */
#ifndef XDPSIFT_EMIT_BPF_H
#define XDPSIFT_EMIT_BPF_H

#include <linux/errno.h>

#include "bpf_ring.bpf.h"
#include "budget.bpf.h"
#include "ledger.bpf.h"
#include "perf_ring.bpf.h"

static __always_inline void emit(struct xdp_md *ctx, struct xs_counters *ledger, __u32 cpu,
				 const struct selected *packet)
{
	long error;

	if (packet->cap_len > XS_MAX_CAP_LEN) {
		ledger->ring_lost++;
		ledger->oversize++;
		return;
	}
	if (config.ring == XS_RING_BPF)
		error = put_into_bpf_ring(ctx, ledger, cpu, packet);
	else
		error = put_into_perf_ring(ctx, ledger, cpu, packet);
	if (error) {
		ledger->ring_lost++;
		/* It was offline at the start, or has been since, which takes a perf ring from it for good. */
		if (error == -ENOENT || error == -EOPNOTSUPP)
			ledger->ringless++;
		budget_give_back(packet->cap_len);
	}
}

#endif
