// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* What the sampler is held against: a program that does nothing, and the bare helpers of both rings. */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#include "xdpsift/event.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__uint(max_entries, 1); /* user space sets the number of CPUs */
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* user space sets the size */
} ring SEC(".maps");

#define SNAPSHOT_BYTES 128ULL

/* What the ring refused: a refusal is cheaper than a copy and would flatter the figure. */
__u64 refused;

SEC("xdp")
int empty(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

SEC("xdp")
int bare_output(struct xdp_md *ctx)
{
	struct xs_event event = {};

	if (bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU | SNAPSHOT_BYTES << 32, &event, sizeof(event)))
		refused++;
	return XDP_PASS;
}

/* Linux 5.18 */
SEC("xdp")
int bare_reserve(struct xdp_md *ctx)
{
	struct xs_event *event = bpf_ringbuf_reserve(&ring, sizeof(*event) + SNAPSHOT_BYTES, 0);

	if (!event) {
		refused++;
		return XDP_PASS;
	}
	bpf_xdp_load_bytes(ctx, 0, event + 1, SNAPSHOT_BYTES);
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
