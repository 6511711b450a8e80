// SPDX-License-Identifier: BSD-2-Clause
#include "offline/capture_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pcap/pcap.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "xdpsift/unique_fd.h"

namespace xdpsift::offline {
namespace {

constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;

auto refuse(const std::string& name, std::string_view why) {
    return fail(ExitStatus::usage, fmt::format("{}: {}", name, why));
}

std::string link_type_name(int link_type) {
    const char* name = ::pcap_datalink_val_to_description(link_type);
    return name != nullptr ? name : fmt::format("link type {}", link_type);
}

}  // namespace

void CaptureFile::Closer::operator()(::pcap* capture) const { ::pcap_close(capture); }

Result<CaptureFile> CaptureFile::open(const std::string& path) {
    CaptureFile out;
    const bool standard_input = path == "-";
    out.name_ = standard_input ? "standard input" : fmt::format("'{}'", path);
    // A descriptor of our own, since libpcap closes the one it was given.
    UniqueFd fd(standard_input ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
                               : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!fd || ::fstat(fd.get(), &out.status_) != 0) return refuse(out.name_, std::strerror(errno));
    if (S_ISDIR(out.status_.st_mode)) return refuse(out.name_, "a folder is no capture");
    std::FILE* const stream = ::fdopen(fd.get(), "rb");
    if (stream == nullptr) return refuse(out.name_, std::strerror(errno));
    (void)fd.release();

    std::array<char, PCAP_ERRBUF_SIZE> why{};
    out.capture_.reset(::pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, why.data()));
    if (!out.capture_) {
        (void)std::fclose(stream);
        return refuse(out.name_, why.data());
    }
    if (const int link_type = ::pcap_datalink(out.capture_.get()); link_type != DLT_EN10MB)
        return refuse(out.name_, fmt::format("its packets are no Ethernet frames but {}, which XDP never sees",
                                             link_type_name(link_type)));
    return out;
}

Result<std::optional<Packet>> CaptureFile::next() {
    pcap_pkthdr* header = nullptr;
    const u_char* data = nullptr;
    switch (::pcap_next_ex(capture_.get(), &header, &data)) {
        case 1: break;
        case PCAP_ERROR_BREAK: return std::nullopt;
        default: return refuse(name_, ::pcap_geterr(capture_.get()));
    }
    // With the precision that was asked for, tv_usec counts nanoseconds.
    const auto seconds = static_cast<std::uint64_t>(header->ts.tv_sec);
    return Packet{seconds * kNanosecondsPerSecond + static_cast<std::uint64_t>(header->ts.tv_usec), header->len,
                  std::span(data, header->caplen)};
}

std::uint32_t CaptureFile::snaplen() const { return static_cast<std::uint32_t>(::pcap_snapshot(capture_.get())); }

bool CaptureFile::is_same_file(const std::string& path) const {
    struct stat other {};
    const int error = path == "-" ? ::fstat(STDOUT_FILENO, &other) : ::stat(path.c_str(), &other);
    return error == 0 && S_ISREG(other.st_mode) && other.st_dev == status_.st_dev && other.st_ino == status_.st_ino;
}

}  // namespace xdpsift::offline
