// SPDX-License-Identifier: BSD-2-Clause
#include "loader/kernel_error.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <cerrno>
#include <cstring>

#include "loader/privileges.h"
#include "loader/probe.h"

namespace xdpsift::loader {
namespace {

// The verifier's own last word: the line before its statistics.
std::string last_words(std::string_view log) {
    std::string words;
    while (!log.empty()) {
        const auto end = log.find('\n');
        const auto line = log.substr(0, end);
        log.remove_prefix(end == std::string_view::npos ? log.size() : end + 1);
        const bool statistics =
            line.starts_with("processed ") || line.starts_with("verification time") || line.starts_with("stack depth ");
        if (!line.empty() && !statistics) words = line;
    }
    return words;
}

// The limit of locked memory, where this kernel counts the program and its maps against it.
std::optional<std::uint64_t> limit_on_maps() {
    utsname name{};
    if (::uname(&name) != 0 || release_at_least(name.release, 5, 11)) return std::nullopt;
    return memlock_limit_bytes();
}

}  // namespace

tl::unexpected<Error> load_error(int error, std::string_view verifier_log) {
    const std::string log(verifier_log);
    if (const auto missing = missing_capabilities(); !missing.empty() && (error == EPERM || error == EACCES)) {
        return fail(ExitStatus::not_permitted,
                    fmt::format("loading a BPF program is not permitted: {} missing; run as root or grant it", missing),
                    log);
    }
    if (const auto limit = limit_on_maps(); limit && error == EPERM) {
        return fail(ExitStatus::not_permitted,
                    fmt::format("the program and its maps do not fit into the limit of locked memory, {} bytes, which "
                                "they count against before Linux 5.11: raise it (ulimit -l unlimited, systemd's "
                                "LimitMEMLOCK=infinity), or grant CAP_SYS_RESOURCE",
                                *limit),
                    log);
    }
    switch (error) {
        case EPERM:
            return fail(ExitStatus::not_permitted,
                        "the kernel does not permit loading BPF programs here although the capabilities are held; "
                        "lockdown, a container's seccomp profile or a security module forbids bpf(2)",
                        log);
        case ENOSYS:
            return fail(ExitStatus::unsupported, "this kernel has no bpf(2) system call (CONFIG_BPF_SYSCALL)", log);
        case EMFILE:
        case ENFILE:
            return fail(ExitStatus::failed, "too many open files to load the program: raise the limit (ulimit -n)",
                        log);
        case ENOMEM: return fail(ExitStatus::unsupported, "the kernel has no memory for the BPF maps", log);
        default: break;
    }
    if (const auto words = last_words(verifier_log); !words.empty()) {
        return fail(ExitStatus::unsupported,
                    fmt::format("this kernel's verifier refuses the program: {} ({}); -v shows its log, "
                                "xdpsift doctor what the kernel lacks",
                                words, std::strerror(error)),
                    log);
    }
    return fail(ExitStatus::unsupported,
                fmt::format("this kernel cannot load the program: {}; xdpsift doctor shows what it lacks",
                            std::strerror(error)),
                log);
}

bool is_beyond_limits(int error, std::string_view verifier_log) {
    // Before 6.1 the jumps that wait are told in the log alone.
    return error == E2BIG || last_words(verifier_log).find("too complex") != std::string::npos;
}

std::string attach_reason(int error) {
    switch (error) {
        case EOPNOTSUPP: return "the driver has no native XDP";
        case ENOSPC:
            return "the driver lacks queues for it (on veth: the peer has more transmit than this end receive queues)";
        case ERANGE:
        case EMSGSIZE: return "the MTU is too large for the driver's native XDP";
        case EINVAL: return "the driver refuses it (MTU, LRO or ring settings)";
        default: return std::strerror(error);
    }
}

tl::unexpected<Error> attach_error(int error, std::string_view mode) {
    switch (error) {
        case EPERM:
        case EACCES: {
            const auto missing = missing_capabilities();
            return fail(ExitStatus::not_permitted,
                        missing.empty()
                            ? fmt::format("attaching an XDP program is not permitted: {}", std::strerror(error))
                            : fmt::format("attaching an XDP program is not permitted: {} missing", missing));
        }
        case EBUSY:
        case EEXIST:
            return fail(ExitStatus::unavailable,
                        "an XDP program is already attached; it is left alone. Detach it first, or capture on another "
                        "interface");
        case ENODEV: return fail(ExitStatus::unavailable, "the interface is gone");
        case EOPNOTSUPP:
        case ENOSPC:
        case ERANGE:
        case EMSGSIZE:
            return fail(ExitStatus::unsupported,
                        fmt::format("cannot attach in {} mode: {}; --mode auto would try generic mode", mode,
                                    attach_reason(error)));
        default:
            return fail(ExitStatus::unsupported,
                        fmt::format("cannot attach in {} mode: {}", mode, attach_reason(error)));
    }
}

}  // namespace xdpsift::loader
