// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Run by BPF_PROG_TEST_RUN with BPF_F_TEST_XDP_LIVE_FRAMES: makes a frame of the load of each frame that it is handed,
 * numbers it and sends it out of an interface. */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "live_frames.h"

const volatile __u32 target_ifindex;
const volatile struct frame_template templates[LOAD_TEMPLATES];
const volatile __u32 template_count = 1;
const volatile __u32 flow_count = 1;
const volatile __u32 source_address; /* of the first flow, host byte order */
const volatile __u16 source_port;    /* the same */
const volatile __u64 rate_pps;       /* 0: as fast as it goes */
const volatile __u32 batch = 1;      /* frames that the kernel hands over at once */

/* One thread runs the program, so a plain increment is enough. */
__u64 next_sequence;
__u64 first_sequence; /* of this run */
__u64 start_ns;       /* of this run, CLOCK_MONOTONIC */

static long is_due(__u32 turn, void *due_ns)
{
	(void)turn;
	return bpf_ktime_get_ns() >= *(__u64 *)due_ns;
}

/* A frame leaves when its batch is full, so it is enough to wait with the first one of each. Who comes late, as its CPU
 * was taken away, does not catch up: a burst would fill the receiver's queue.
 */
static void wait_for_turn(__u64 sequence)
{
	__u64 sent = sequence - first_sequence;
	__u64 due_ns, now_ns;

	if (!rate_pps || sent % batch)
		return;
	due_ns = start_ns + sent * 1000000000ULL / rate_pps;
	now_ns = bpf_ktime_get_ns();
	if (now_ns >= due_ns)
		start_ns += now_ns - due_ns;
	else
		bpf_loop(LOAD_WAIT_TURNS, is_due, &due_ns, 0);
}

/* Pages are recycled with what the last frame left in them: what differs between frames is written anew each time. */
static int write_headers(struct load_headers *headers, __u64 sequence, const volatile struct frame_template *template)
{
	/* Spread over all flows alike, and no flow has one size alone: Knuth's multiplicative hash. */
	__u32 flow = (__u32)((sequence * 0x9e3779b97f4a7c15ULL) >> 32) % flow_count;
	__u32 address = source_address + flow / LOAD_PORTS;
	__u32 sum = template->partial_sum + (address >> 16) + (address & 0xffff);

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	headers->total_length = bpf_htons((__u16)(template->frame_bytes - LOAD_ETHERNET_BYTES));
	headers->header_checksum = bpf_htons((__u16)~sum);
	headers->source_address = bpf_htonl(address);
	headers->source_port = bpf_htons((__u16)(source_port + flow % LOAD_PORTS));
	headers->udp_length = bpf_htons((__u16)(template->frame_bytes - LOAD_ETHERNET_BYTES - LOAD_IPV4_BYTES));
	headers->sequence = sequence;
	return 0;
}

SEC("xdp")
int number_and_redirect(struct xdp_md *ctx)
{
	__u64 sequence = next_sequence;
	__u64 slot = sequence % template_count;
	const volatile struct frame_template *template;
	struct load_headers *headers;
	__u32 frame_bytes;

	wait_for_turn(sequence);
	if (slot >= LOAD_TEMPLATES)
		return XDP_ABORTED;
	template = &templates[slot];
	frame_bytes = (__u32)(ctx->data_end - ctx->data);
	/* The frame that comes is the longest one. */
	if (template->frame_bytes != frame_bytes &&
	    bpf_xdp_adjust_tail(ctx, (int)template->frame_bytes - (int)frame_bytes))
		return XDP_ABORTED;
	headers = (void *)(long)ctx->data;
	if ((void *)(headers + 1) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	write_headers(headers, sequence, template);
	next_sequence = sequence + 1;
	return bpf_redirect(target_ifindex, 0);
}

SEC("xdp")
int pass(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
