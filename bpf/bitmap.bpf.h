/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef XDPSIFT_BITMAP_BPF_H
#define XDPSIFT_BITMAP_BPF_H

#include <stdbool.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

/* Whether bit `number` is set; the caller's type keeps `number` within the bitmap. */
static __always_inline bool bitmap_has(const volatile __u64 *words, __u32 number)
{
	return words[number / 64] >> (number % 64) & 1;
}

#endif
