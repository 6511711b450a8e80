/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The structured filter: link layer, addresses, protocol, ports, each looked at only when it is asked
 * for. A header that is cut short or contradicts itself holds no fields. Then the expression.
 */
#ifndef XDPSIFT_MATCH_BPF_H
#define XDPSIFT_MATCH_BPF_H

#include "expression.bpf.h"
#include "ipv4.bpf.h"
#include "ipv6.bpf.h"
#include "ledger.bpf.h"
#include "link.bpf.h"

static __always_inline enum match match_headers(struct xdp_md *ctx, __u32 fields)
{
	void *cursor = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct link link;

	if (!parse_link(fields, &cursor, end, &link))
		return MALFORMED;
	if (fields & XS_MATCH_VLAN && !link.vlan_match)
		return NO_MATCH;
	if (!(fields & ~XS_MATCH_VLAN))
		return MATCH;
	if (link.proto == bpf_htons(ETH_P_IP))
		return match_ipv4(fields, cursor, end);
	if (link.proto == bpf_htons(ETH_P_IPV6))
		return match_ipv6(fields, cursor, end);
	return NO_MATCH;
}

static __always_inline bool match(struct xdp_md *ctx, struct xs_counters *ledger, __u32 cpu)
{
	/* Read once: the verifier knows its value and drops what is not asked for, but not the reading. */
	__u32 fields = filter.fields;
	enum match verdict = fields ? match_headers(ctx, fields) : MATCH;

	if (verdict == MATCH && config.expression && !match_expression(ctx, cpu))
		verdict = NO_MATCH;
	if (verdict == MATCH) {
		ledger->matched++;
		return true;
	}
	if (verdict == MALFORMED)
		COUNT(ledger->malformed);
	COUNT(ledger->filtered_out);
	return false;
}

#endif
