/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The limits in the kernel: a loader that hangs cannot make it go on copying. */
#ifndef XDPSIFT_BUDGET_BPF_H
#define XDPSIFT_BUDGET_BPF_H

#include <stdbool.h>

#include "maps.bpf.h"

/* Takes one packet of cap_len bytes from the budget; false when it is spent. */
static __always_inline bool budget_take(__u32 cap_len)
{
	__u32 zero = 0;
	struct budget *budget;
	bool taken = false;

	if (!config.packet_limit && !config.byte_limit)
		return true;
	budget = bpf_map_lookup_elem(&budgets, &zero);
	if (!budget)
		return false;
	bpf_spin_lock(&budget->lock);
	if (config.byte_limit && budget->bytes + cap_len > config.byte_limit) {
		budget->closed = 1;
		control.byte_limit_passed = 1;
	}
	if (!budget->closed && (!config.packet_limit || budget->packets < config.packet_limit)) {
		budget->packets++;
		budget->bytes += cap_len;
		taken = true;
	}
	bpf_spin_unlock(&budget->lock);
	return taken;
}

/* Gives it back: the ring had no room, so nothing was copied. */
static __always_inline void budget_give_back(__u32 cap_len)
{
	__u32 zero = 0;
	struct budget *budget;

	if (!config.packet_limit && !config.byte_limit)
		return;
	budget = bpf_map_lookup_elem(&budgets, &zero);
	if (!budget)
		return;
	bpf_spin_lock(&budget->lock);
	budget->packets--;
	budget->bytes -= cap_len;
	bpf_spin_unlock(&budget->lock);
}

#endif
