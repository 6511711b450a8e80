/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Configuration and maps of the sampler. Read-only data is set before load: the verifier deletes what is off. */
#ifndef XDPSIFT_MAPS_BPF_H
#define XDPSIFT_MAPS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "xdpsift/event.h"

const volatile struct xs_config config;
const volatile struct xs_filter filter;

struct xs_control control;

/* A row for each CPU of each interface; user space sets the number of entries and memory-maps it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xs_counters);
} counters SEC(".maps");

/* Of these two, the one that is not chosen is not made. A perf ring for each CPU: */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__uint(max_entries, 1);
} events SEC(".maps");

/* A BPF ring for each CPU. User space says what an inner map is like. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__uint(max_entries, 1);
} rings SEC(".maps");

/* For each CPU a frame that came in several fragments, in one piece for the expression. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, XS_COPY_BYTES);
} copies SEC(".maps");

/* Address lists too long to compare in place. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct xs_prefix);
	__type(value, __u8);
} prefixes SEC(".maps");

/*
 * What may still be copied, over all CPUs. A lock and not an atomic fetch: Linux 5.10 has no fetch, and
 * two limits and a give-back have to change as one.
 */
struct budget {
	struct bpf_spin_lock lock;
	__u32 closed; /* a packet did not fit into the byte limit: the capture is over */
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct budget);
} budgets SEC(".maps");

#endif
