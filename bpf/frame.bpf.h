/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The frame as XDP shows it. */
#ifndef XDPSIFT_FRAME_BPF_H
#define XDPSIFT_FRAME_BPF_H

#include "maps.bpf.h"

/* Length of the whole frame; the linear part alone is shorter where a frame has several fragments. */
static __always_inline __u32 frame_len(struct xdp_md *ctx)
{
	if (config.frags)
		return bpf_xdp_get_buff_len(ctx);
	return ctx->data_end - ctx->data;
}

#endif
