# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced, after `fail` was defined, by what captures on a network of its own.

# make_network SENDER RECEIVER: two namespaces, joined by a veth pair: `left` with 192.0.2.1 in SENDER, `right` with
# 192.0.2.2 in RECEIVER. As root.
make_network() {
    ip netns add "$1" || fail "this machine lets nobody make a network namespace (CAP_SYS_ADMIN is needed)"
    ip netns add "$2"
    ip link add left netns "$1" type veth peer name right netns "$2" ||
        fail "no veth pair: the kernel lacks the module veth, or CAP_NET_ADMIN is missing"
    ip -n "$1" address add 192.0.2.1/24 dev left
    ip -n "$2" address add 192.0.2.2/24 dev right
    ip -n "$1" link set left up
    ip -n "$2" link set right up
}
