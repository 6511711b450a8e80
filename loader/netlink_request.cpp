// SPDX-License-Identifier: BSD-2-Clause
#include "loader/netlink_request.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "xdpsift/unique_fd.h"

namespace xdpsift::loader {
namespace {

// A link's answer holds statistics and more; the kernel fills up to 32 KiB.
constexpr std::size_t kAnswerBytes = 65536;
constexpr timeval kAnswerTimeout{2, 0};

auto failed(const char* what) {
    return fail(ExitStatus::unsupported, fmt::format("netlink: {}: {}", what, std::strerror(errno)));
}

NetlinkAttributes parse(std::span<const std::byte> rest) {
    NetlinkAttributes attributes;
    while (rest.size() >= sizeof(nlattr)) {
        nlattr header;
        std::memcpy(&header, rest.data(), sizeof(header));
        if (header.nla_len < sizeof(header) || header.nla_len > rest.size()) break;
        const auto value = rest.subspan(NLA_HDRLEN, header.nla_len - NLA_HDRLEN);
        attributes[header.nla_type & NLA_TYPE_MASK].assign(value.begin(), value.end());
        rest = rest.subspan(std::min<std::size_t>(NLA_ALIGN(header.nla_len), rest.size()));
    }
    return attributes;
}

}  // namespace

NetlinkRequest::NetlinkRequest(std::uint16_t type, std::span<const std::byte> family_header)
    : family_header_bytes_(NLMSG_ALIGN(family_header.size())) {
    nlmsghdr header{};
    header.nlmsg_type = type;
    header.nlmsg_flags = NLM_F_REQUEST;
    message_.resize(NLMSG_HDRLEN + family_header_bytes_);
    std::memcpy(message_.data(), &header, sizeof(header));
    std::memcpy(message_.data() + NLMSG_HDRLEN, family_header.data(), family_header.size());
}

void NetlinkRequest::add(std::uint16_t type, std::span<const std::byte> value) {
    const nlattr header{static_cast<std::uint16_t>(NLA_HDRLEN + value.size()), type};
    const std::size_t start = message_.size();
    message_.resize(start + NLA_ALIGN(header.nla_len));
    std::memcpy(message_.data() + start, &header, sizeof(header));
    if (!value.empty()) std::memcpy(message_.data() + start + NLA_HDRLEN, value.data(), value.size());
}

Result<NetlinkAttributes> NetlinkRequest::ask(int protocol) {
    const auto total_bytes = static_cast<std::uint32_t>(message_.size());
    std::memcpy(message_.data() + offsetof(nlmsghdr, nlmsg_len), &total_bytes, sizeof(total_bytes));

    const UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
    if (!socket) return failed("socket");
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kAnswerTimeout, sizeof(kAnswerTimeout));
    if (::send(socket.get(), message_.data(), message_.size(), 0) < 0) return failed("send");

    std::vector<std::byte> answer(kAnswerBytes);
    const auto received = ::recv(socket.get(), answer.data(), answer.size(), 0);
    if (received < 0) return failed("receive");
    answer.resize(static_cast<std::size_t>(received));
    nlmsghdr header{};
    if (answer.size() < sizeof(header)) return fail(ExitStatus::unsupported, "netlink: the answer is cut short");
    std::memcpy(&header, answer.data(), sizeof(header));
    if (header.nlmsg_type == NLMSG_ERROR) {
        nlmsgerr error{};
        if (answer.size() >= NLMSG_HDRLEN + sizeof(error))
            std::memcpy(&error, answer.data() + NLMSG_HDRLEN, sizeof(error));
        errno = -error.error;
        return failed("refused");
    }
    const std::size_t skip = NLMSG_HDRLEN + family_header_bytes_;
    if (header.nlmsg_len > answer.size() || header.nlmsg_len < skip)
        return fail(ExitStatus::unsupported, "netlink: the answer is cut short");
    return parse(std::span(answer).subspan(skip, header.nlmsg_len - skip));
}

}  // namespace xdpsift::loader
