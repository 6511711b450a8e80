// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* A packet's way in the kernel: count, match, select, emit. The packet itself always goes on. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "emit.bpf.h"
#include "ledger.bpf.h"
#include "match.bpf.h"
#include "select.bpf.h"

SEC("xdp")
int xdpsift(struct xdp_md *ctx)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct xs_counters *ledger = ledger_row(cpu);
	struct selected packet;

	if (!ledger) /* there is a row for each CPU, which the verifier cannot know */
		return XDP_PASS;
	ledger->seen++;
	if (match(ctx, ledger, cpu) && select(ctx, ledger, &packet))
		emit(ctx, ledger, cpu, &packet);
	return XDP_PASS;
}

char xdpsift_license[] SEC("license") = "Dual BSD/GPL";
