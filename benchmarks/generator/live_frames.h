/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What the generator's program and its loader agree on. */
#pragma once

#include <linux/types.h>

#define LOAD_TEMPLATES 16       /* slots of a size mix */
#define LOAD_PORTS 16384        /* source ports, then the next source address */
#define LOAD_WAIT_TURNS 1000000 /* bounds the wait for a frame's turn: some 20 ms */
#define LOAD_ETHERNET_BYTES 14
#define LOAD_IPV4_BYTES 20

/* Which frame is made of a frame is its number's affair: number modulo the count of templates. */
struct frame_template {
    __u32 frame_bytes; /* without FCS */
    __u32 partial_sum; /* of the IPv4 header's 16-bit words in host order, without checksum and source address */
};

/* The start of each frame: Ethernet, IPv4 without options, UDP, and the number. */
struct load_headers {
    __u8 ethernet[LOAD_ETHERNET_BYTES];
    __u16 version_and_tos;
    __u16 total_length;
    __u8 before_checksum[6];
    __u16 header_checksum;
    __u32 source_address;
    __u32 destination_address;
    __u16 source_port;
    __u16 destination_port;
    __u16 udp_length;
    __u16 udp_checksum;
    __u64 sequence; /* the machine's byte order */
} __attribute__((packed));
