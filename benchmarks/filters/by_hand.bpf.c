// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What a translated expression is held against: for each predicate of the benchmark a program that says the same in C.
 * Each counts and selects with the sampler's own code, so that they differ from it in the filter alone.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "emit.bpf.h"
#include "ledger.bpf.h"
#include "select.bpf.h"

#define IPV4_OFFSET_MASK 0x1fff
#define NETWORKS 100

/* First addresses of networks of 256, in network byte order. */
const volatile __be32 networks[NETWORKS];

/* An ARP or RARP packet for Ethernet and IPv4. */
struct arp_ipv4 {
	__u8 fixed[8];
	__u8 sender_mac[ETH_ALEN];
	__u8 sender[4];
	__u8 target_mac[ETH_ALEN];
	__u8 target[4];
};

/* The two IPv4 addresses of a packet, whichever header they stand in. */
struct pair {
	__be32 from;
	__be32 to;
};

static __always_inline bool ipv4_pair(void *data, void *end, struct pair *pair)
{
	struct ethhdr *eth = data;

	if ((void *)(eth + 1) > end)
		return false;
	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = (void *)(eth + 1);

		if ((void *)(ip + 1) > end)
			return false;
		pair->from = ip->saddr;
		pair->to = ip->daddr;
		return true;
	}
	if (eth->h_proto == bpf_htons(ETH_P_ARP) || eth->h_proto == bpf_htons(ETH_P_RARP)) {
		struct arp_ipv4 *arp = (void *)(eth + 1);

		if ((void *)(arp + 1) > end)
			return false;
		__builtin_memcpy(&pair->from, arp->sender, sizeof(pair->from));
		__builtin_memcpy(&pair->to, arp->target, sizeof(pair->to));
		return true;
	}
	return false;
}

/* udp port 53 */
static __always_inline bool is_dns(void *data, void *end)
{
	struct ethhdr *eth = data;
	struct udphdr *udp;

	if ((void *)(eth + 1) > end)
		return false;
	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = (void *)(eth + 1);

		if ((void *)(ip + 1) > end || ip->protocol != IPPROTO_UDP)
			return false;
		if (ip->frag_off & bpf_htons(IPV4_OFFSET_MASK))
			return false;
		udp = (void *)ip + ip->ihl * 4;
	} else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = (void *)(eth + 1);

		if ((void *)(ip + 1) > end || ip->nexthdr != IPPROTO_UDP)
			return false;
		udp = (void *)(ip + 1);
	} else {
		return false;
	}
	if ((void *)(udp + 1) > end)
		return false;
	return udp->source == bpf_htons(53) || udp->dest == bpf_htons(53);
}

/* host 192.0.2.7 */
static __always_inline bool is_host(void *data, void *end)
{
	const __be32 host = bpf_htonl(0xc0000207);
	struct pair pair;

	return ipv4_pair(data, end, &pair) && (pair.from == host || pair.to == host);
}

/* tcp[tcpflags] & tcp-syn != 0 and not net 10.0.0.0/8 */
static __always_inline bool is_syn_from_elsewhere(void *data, void *end)
{
	const __be32 mask = bpf_htonl(0xff000000);
	const __be32 net = bpf_htonl(0x0a000000);
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct tcphdr *tcp;

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return false;
	if (ip->protocol != IPPROTO_TCP || ip->frag_off & bpf_htons(IPV4_OFFSET_MASK))
		return false;
	tcp = (void *)ip + ip->ihl * 4;
	if ((void *)(tcp + 1) > end || !tcp->syn)
		return false;
	return (ip->saddr & mask) != net && (ip->daddr & mask) != net;
}

/* net 2001:db8::/32 and tcp port 443 */
static __always_inline bool is_https_of_net(void *data, void *end)
{
	const __be32 net = bpf_htonl(0x20010db8);
	struct ethhdr *eth = data;
	struct ipv6hdr *ip = (void *)(eth + 1);
	struct tcphdr *tcp = (void *)(ip + 1);

	if ((void *)(tcp + 1) > end || eth->h_proto != bpf_htons(ETH_P_IPV6))
		return false;
	if (ip->saddr.in6_u.u6_addr32[0] != net && ip->daddr.in6_u.u6_addr32[0] != net)
		return false;
	if (ip->nexthdr != IPPROTO_TCP)
		return false;
	return tcp->source == bpf_htons(443) || tcp->dest == bpf_htons(443);
}

/* net ... or net ... */
static __always_inline bool is_of_networks(void *data, void *end)
{
	const __be32 mask = bpf_htonl(0xffffff00);
	struct pair pair;

	if (!ipv4_pair(data, end, &pair))
		return false;
	pair.from &= mask;
	pair.to &= mask;
	for (__u32 i = 0; i < NETWORKS; i++) {
		if (pair.from == networks[i] || pair.to == networks[i])
			return true;
	}
	return false;
}

/* The sampler's way of a packet, with another filter. */
#define PROGRAM(name, matches)                                                                     \
	SEC("xdp") int name(struct xdp_md *ctx)                                                    \
	{                                                                                          \
		__u32 cpu = bpf_get_smp_processor_id();                                            \
		struct xs_counters *ledger = ledger_row(cpu);                                      \
		struct selected packet;                                                            \
                                                                                                   \
		if (!ledger)                                                                       \
			return XDP_PASS;                                                           \
		ledger->seen++;                                                                    \
		if (!matches((void *)(long)ctx->data, (void *)(long)ctx->data_end)) {              \
			ledger->filtered_out++;                                                    \
			return XDP_PASS;                                                           \
		}                                                                                  \
		ledger->matched++;                                                                 \
		if (select(ctx, ledger, &packet))                                                  \
			emit(ctx, ledger, cpu, &packet);                                           \
		return XDP_PASS;                                                                   \
	}

PROGRAM(udp_port, is_dns)
PROGRAM(host, is_host)
PROGRAM(syn, is_syn_from_elsewhere)
PROGRAM(net_and_port, is_https_of_net)
PROGRAM(list, is_of_networks)

char by_hand_license[] SEC("license") = "Dual BSD/GPL";
