/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef XDPSIFT_VERDICT_BPF_H
#define XDPSIFT_VERDICT_BPF_H

enum match {
	NO_MATCH,
	MATCH,
	MALFORMED, /* no match: a header that the filter needs is cut short or contradicts itself */
};

#endif
