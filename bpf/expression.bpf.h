/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The pcap-filter expression: two places for it, into which the loader puts its translations. */
#ifndef XDPSIFT_EXPRESSION_BPF_H
#define XDPSIFT_EXPRESSION_BPF_H

#include <linux/if_ether.h>

#include "frame.bpf.h"
#include "place.bpf.h"

/*
 * The call of the first becomes a jump to the translation and back, which as a call leaves r6 to r9 alone; the second
 * becomes a function of its own.
 */
static __noinline __u64 expression(struct xdp_md *ctx, void *data, void *data_end, __u64 frame_len)
{
	__u64 verdict;

	PLACE(verdict, XS_PLACE_EXPRESSION, "r"(ctx), "r"(data), "r"(data_end), "r"(frame_len));
	return verdict;
}

static __noinline __u64 expression_on_copy(struct xdp_md *ctx, void *copy, __u64 bytes, __u64 frame_len)
{
	__u64 verdict;

	PLACE(verdict, XS_PLACE_EXPRESSION_ON_COPY, "r"(ctx), "r"(copy), "r"(bytes), "r"(frame_len));
	return verdict;
}

/* The first fragment did not have all that the expression looks at. Is it in another? */
static __always_inline bool match_fragments(struct xdp_md *ctx, __u32 cpu)
{
	__u64 len = frame_len(ctx);
	__u64 bytes = len;
	void *copy;

	if (len <= (__u64)(ctx->data_end - ctx->data))
		return false;
	copy = bpf_map_lookup_elem(&copies, &cpu);
	if (!copy) /* there is one for each CPU */
		return false;
	/*
	 * The verifier wants the copy to have a byte. Up to 6.1 it does not learn that from a comparison with zero, which
	 * the compiler would leave out besides.
	 */
	asm volatile("" : "+r"(bytes));
	if (bytes < ETH_HLEN)
		return false;
	if (bytes > XS_COPY_BYTES)
		bytes = XS_COPY_BYTES;
	if (bpf_xdp_load_bytes(ctx, 0, copy, bytes))
		return false;
	return expression_on_copy(ctx, copy, bytes, len) == XS_VERDICT_ACCEPT;
}

static __always_inline bool match_expression(struct xdp_md *ctx, __u32 cpu)
{
	__u64 len = config.expression == XS_EXPRESSION_READS_LENGTH ? frame_len(ctx) : 0;
	__u64 verdict = expression(ctx, (void *)(long)ctx->data, (void *)(long)ctx->data_end, len);

	if (config.frags && verdict == XS_VERDICT_UNDECIDED)
		return match_fragments(ctx, cpu);
	return verdict == XS_VERDICT_ACCEPT;
}

#endif
