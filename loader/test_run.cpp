// SPDX-License-Identifier: BSD-2-Clause
#include "loader/test_run.h"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "loader/privileges.h"

namespace xdpsift::loader {

Result<std::optional<std::uint32_t>> test_run(int program_fd, std::span<const std::uint8_t> packet) {
    // Without a place for it, the packet is not copied back.
    bpf_test_run_opts options{};
    options.sz = sizeof(options);
    options.data_in = packet.data();
    options.data_size_in = static_cast<__u32>(packet.size());
    options.repeat = 1;
    const int error = -bpf_prog_test_run_opts(program_fd, &options);
    if (error == 0) return options.retval;
    const bool size_matters = packet.size() < kShortestTestRun || packet.size() > kSurelyTested;
    if (size_matters && (error == EINVAL || error == EMSGSIZE || error == ENOMEM)) return std::nullopt;
    if (error == EPERM || error == EACCES) {
        const auto missing = missing_capabilities();
        return fail(ExitStatus::not_permitted,
                    fmt::format("running a BPF program on a packet is not permitted: {}",
                                missing.empty() ? "bpf(2) is forbidden here" : missing + " missing"));
    }
    return fail(ExitStatus::unsupported, fmt::format("this kernel cannot run the program on a packet of {} bytes: {}",
                                                     packet.size(), std::strerror(error)));
}

}  // namespace xdpsift::loader
