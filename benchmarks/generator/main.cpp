// SPDX-License-Identifier: BSD-2-Clause
// benchmark_generator: UDP frames into one end of a veth pair.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "generator/offered_load.h"
#include "xdpsift/unique_fd.h"

namespace {

using namespace xdpsift;

struct Arguments {
    std::string interface;
    std::string netns;
    std::string source = "192.0.2.1";
    std::string destination = "192.0.2.2";
    std::string destination_mac = "ff:ff:ff:ff:ff:ff";
    std::uint64_t count = 1'000'000;
    std::string sizes = "64";
    generator::LoadOptions load;
};

Result<void> enter_netns(const std::string& name) {
    const std::string path = name.find('/') == std::string::npos ? "/run/netns/" + name : name;
    const UniqueFd netns(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!netns || setns(netns.get(), CLONE_NEWNET) != 0) {
        return fail(ExitStatus::unavailable,
                    fmt::format("cannot enter the network namespace {}: {}", path, strerror(errno)));
    }
    return {};
}

Result<void> resolve(Arguments& arguments) {
    const auto sizes = generator::parse_size_mix(arguments.sizes);
    if (!sizes) return tl::unexpected(sizes.error());
    arguments.load.sizes = *sizes;
    auto& frame = arguments.load.frame;
    in_addr source{}, destination{};
    if (inet_pton(AF_INET, arguments.source.c_str(), &source) != 1) {
        return fail(ExitStatus::usage, "not an IPv4 address: " + arguments.source);
    }
    if (inet_pton(AF_INET, arguments.destination.c_str(), &destination) != 1) {
        return fail(ExitStatus::usage, "not an IPv4 address: " + arguments.destination);
    }
    frame.source_v4 = ntohl(source.s_addr);
    frame.destination_v4 = ntohl(destination.s_addr);
    auto& mac = frame.destination_mac;
    if (sscanf(arguments.destination_mac.c_str(), "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2], &mac[3],
               &mac[4], &mac[5]) != 6) {
        return fail(ExitStatus::usage, "not a MAC address: " + arguments.destination_mac);
    }
    if (!arguments.netns.empty()) {
        if (auto entered = enter_netns(arguments.netns); !entered) return entered;
    }
    arguments.load.interface_index = if_nametoindex(arguments.interface.c_str());
    if (arguments.load.interface_index == 0) {
        return fail(ExitStatus::unavailable, fmt::format("no interface {}: {}", arguments.interface, strerror(errno)));
    }
    return {};
}

Result<generator::Offered> offer(Arguments& arguments) {
    if (auto resolved = resolve(arguments); !resolved) return tl::unexpected(resolved.error());
    auto load = generator::OfferedLoad::open(arguments.load);
    if (!load) return tl::unexpected(load.error());
    return load->run(arguments.count);
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app("Offers UDP frames to the far end of a veth pair, which needs GRO on or an XDP program attached.");
    app.add_option("-i,--interface", arguments.interface, "the near end of the pair")->required();
    app.add_option("--netns", arguments.netns, "network namespace (name or path) that holds the near end");
    app.add_option("-c,--count", arguments.count, "frames")->capture_default_str();
    app.add_option("--rate", arguments.load.rate_pps, "frames a second, 1000 or more; 0: as fast as it goes")
        ->capture_default_str();
    app.add_option("--size", arguments.sizes,
                   "bytes of a frame without FCS, 64 to 1514, or imix (7:4:1 of 64, 576, 1500)")
        ->capture_default_str();
    app.add_option("--flows", arguments.load.flows, "flows: source ports, then source addresses")
        ->check(CLI::Range(1U, generator::kMostFlows))
        ->capture_default_str();
    app.add_option("--batch", arguments.load.batch, "frames handed over at once")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    app.add_option("--dst-mac", arguments.destination_mac, "MAC address of the far end")->capture_default_str();
    app.add_option("--src", arguments.source, "IPv4 source address")->capture_default_str();
    app.add_option("--dst", arguments.destination, "IPv4 destination address")->capture_default_str();
    app.add_option("--sport", arguments.load.frame.source_port, "UDP source port")->capture_default_str();
    app.add_option("--dport", arguments.load.frame.destination_port, "UDP destination port")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    const auto offered = offer(arguments);
    if (!offered) {
        fmt::print(stderr, "benchmark_generator: {}\n", offered.error().message);
        return static_cast<int>(offered.error().status);
    }
    fmt::print("{} frames in {:.3f} s, {:.0f} a second\n", offered->frames,
               static_cast<double>(offered->elapsed.count()) / 1e9, offered->pps());
    return 0;
}
