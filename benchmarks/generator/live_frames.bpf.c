// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Run by BPF_PROG_TEST_RUN with BPF_F_TEST_XDP_LIVE_FRAMES: numbers each frame and sends it out of an interface. */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

const volatile __u32 target_ifindex;
const volatile __u32 sequence_offset; /* of the 64-bit sequence number in the frame; 0: none */

/* One thread runs the program, so a plain increment is enough. */
__u64 next_sequence;

SEC("xdp")
int number_and_redirect(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	__u64 *sequence = data + sequence_offset;

	/* Pages are recycled with what the last round left in them: the number is written anew each time. */
	if (sequence_offset && (void *)(sequence + 1) <= data_end)
		*sequence = next_sequence;
	next_sequence++;
	return bpf_redirect(target_ifindex, 0);
}

SEC("xdp")
int pass(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
