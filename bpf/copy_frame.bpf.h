/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The frame's first bytes, into memory of a size that the verifier knows. */
#ifndef XDPSIFT_COPY_FRAME_BPF_H
#define XDPSIFT_COPY_FRAME_BPF_H

#include <stdbool.h>

#include "frame.bpf.h"

#define WORD sizeof(__u64)
#define BLOCK (8 * WORD)

/* Up to here a loop is far cheaper than the helper, and cheap for the verifier, which goes through it for each length. */
#define LONGEST_LOOP 1520

static __always_inline void copy_word(void *to, const void *from)
{
	*(__u64 *)to = *(const __u64 *)from;
}

static __always_inline void copy_unit(void *to, const void *from, const __u32 unit)
{
	if (unit < WORD)
		*(__u8 *)to = *(const __u8 *)from;
#pragma unroll
	for (__u32 at = 0; at + WORD <= unit; at += WORD)
		copy_word(to + at, from + at);
}

/* `to` has room for `room` bytes; `bytes` are not more, and `unit` at least. */
static __always_inline bool copy_units(void *to, __u64 room, const void *from, const void *end, __u64 bytes,
				       const __u32 unit)
{
	__u64 last = bytes - unit;
	const void *last_unit;

	/* Signed, and what varies on the left: so Linux 5.10 sees that it ends in time. */
	for (__u64 at = 0; (__s64)(bytes - at) > (__s64)unit; at += unit) {
		if (from + at + unit > end)
			return false;
		copy_unit(to + at, from + at, unit);
	}
	/*
	 * What is left is copied as the unit that ends with it. Linux 5.10 learns of the very register that is compared,
	 * and nothing of its copies; the compiler would take another that is as good.
	 */
	asm volatile("" : "+r"(last));
	if (last > room - unit)
		return false;
	last_unit = from + last;
	asm volatile("" : "+r"(last_unit));
	if (last_unit + unit > end)
		return false;
	copy_unit(to + last, last_unit, unit);
	return true;
}

/* Of a frame that has them in its first fragment: before Linux 5.18, when there is no helper, of every frame. */
static __always_inline bool copy_linear(struct xdp_md *ctx, void *to, __u64 room, __u64 bytes)
{
	const void *from = (void *)(long)ctx->data;
	const void *end = (void *)(long)ctx->data_end;

	if (bytes >= BLOCK)
		return copy_units(to, room, from, end, bytes, BLOCK);
	if (bytes >= WORD)
		return copy_units(to, room, from, end, bytes, WORD);
	return copy_units(to, room, from, end, bytes, 1);
}

/* `to` has room for `room` bytes, of which `bytes`, at least one, are copied. */
static __always_inline bool copy_frame(struct xdp_md *ctx, void *to, __u64 room, __u64 bytes)
{
	/*
	 * The verifier has forgotten, or never knew, that there is a byte, and not more than fit. Here too, what is
	 * compared and what is used has to be one register.
	 */
	bytes--;
	asm volatile("" : "+r"(bytes));
	if (bytes >= room)
		return false;
	bytes++;
	asm volatile("" : "+r"(bytes));
	if ((!config.frags || room <= LONGEST_LOOP) && copy_linear(ctx, to, room, bytes))
		return true;
	return config.frags && !bpf_xdp_load_bytes(ctx, 0, to, bytes);
}

#endif
