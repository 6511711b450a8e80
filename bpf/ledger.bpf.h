/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* This CPU's row of the ledger. Only this CPU writes it, with soft interrupts off: plain increments are exact. */
#ifndef XDPSIFT_LEDGER_BPF_H
#define XDPSIFT_LEDGER_BPF_H

#include "maps.bpf.h"

/*
 * Increments a counter where a packet's way ends. The compiler would let all ways end in the same few instructions, and
 * carry along for them which counter it is.
 */
#define COUNT(counter)                                                                             \
	do {                                                                                       \
		(counter)++;                                                                       \
		asm volatile("" : : "i"(__COUNTER__));                                             \
	} while (0)

static __always_inline struct xs_counters *ledger_row(__u32 cpu)
{
	__u32 row = config.first_row + cpu;

	return bpf_map_lookup_elem(&counters, &row);
}

#endif
