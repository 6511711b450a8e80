// SPDX-License-Identifier: BSD-2-Clause
#include "loader/ethtool_query.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <vector>

#include "xdpsift/unique_fd.h"

namespace xdpsift::loader {
namespace {

// `command` is one of the kernel's ethtool structures; it is read and written.
bool ethtool(const std::string& interface, void* command) {
    const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::copy_n(interface.data(), std::min<std::size_t>(interface.size(), IFNAMSIZ - 1), request.ifr_name);
    request.ifr_data = static_cast<char*>(command);
    return socket && ::ioctl(socket.get(), SIOCETHTOOL, &request) == 0;
}

// The kernel's structures end in an array of unknown length: room for `count` entries behind the head.
template <typename Head>
class TailedCommand {
   public:
    TailedCommand(std::uint32_t command, std::size_t count, std::size_t entry_bytes)
        : words_((sizeof(Head) + count * entry_bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t)) {
        head()->cmd = command;
    }
    Head* head() { return reinterpret_cast<Head*>(words_.data()); }

   private:
    std::vector<std::uint64_t> words_;
};

std::uint32_t offload_count(const std::string& interface) {
    TailedCommand<ethtool_sset_info> info(ETHTOOL_GSSET_INFO, 1, sizeof(std::uint32_t));
    info.head()->sset_mask = 1ULL << ETH_SS_FEATURES;
    if (!ethtool(interface, info.head()) || info.head()->sset_mask == 0) return 0;
    return info.head()->data[0];
}

}  // namespace

std::map<std::string, bool> offloads_of(const std::string& interface) {
    const std::uint32_t count = offload_count(interface);
    if (count == 0) return {};

    TailedCommand<ethtool_gstrings> names(ETHTOOL_GSTRINGS, count, ETH_GSTRING_LEN);
    names.head()->string_set = ETH_SS_FEATURES;
    names.head()->len = count;
    const std::uint32_t blocks = (count + 31) / 32;
    TailedCommand<ethtool_gfeatures> states(ETHTOOL_GFEATURES, blocks, sizeof(ethtool_get_features_block));
    states.head()->size = blocks;
    if (!ethtool(interface, names.head()) || !ethtool(interface, states.head())) return {};

    std::map<std::string, bool> offloads;
    for (std::uint32_t i = 0; i < count; i++) {
        const auto* name = reinterpret_cast<const char*>(names.head()->data) + std::size_t{i} * ETH_GSTRING_LEN;
        const bool active = ((states.head()->features[i / 32].active >> (i % 32)) & 1) != 0;
        offloads.emplace(std::string(name, ::strnlen(name, ETH_GSTRING_LEN)), active);
    }
    return offloads;
}

std::optional<QueueCounts> queues_of(const std::string& interface) {
    ethtool_channels channels{};
    channels.cmd = ETHTOOL_GCHANNELS;
    if (!ethtool(interface, &channels)) return std::nullopt;
    return QueueCounts{channels.rx_count + channels.combined_count, channels.tx_count + channels.combined_count};
}

}  // namespace xdpsift::loader
