// SPDX-License-Identifier: BSD-2-Clause
// The files that are read: a list behind @FILE, and the kernel's list of CPUs. Input: the content.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/address_list.h"
#include "drain/cpu_list.h"
#include "fuzz/address_set.h"
#include "fuzz/refusal.h"
#include "fuzz/require.h"

namespace {

using namespace xdpsift;

// A file in memory that has this content.
const std::string& file_with(std::string_view content) {
    static const int fd = ::memfd_create("list", MFD_CLOEXEC);
    static const std::string path = "/proc/self/fd/" + std::to_string(fd);
    XS_REQUIRE(fd >= 0 && ::ftruncate(fd, 0) == 0);
    XS_REQUIRE(::pwrite(fd, content.data(), content.size(), 0) == static_cast<ssize_t>(content.size()));
    return path;
}

void address_file(std::string_view content) {
    const auto set = cli::parse_address_list("--src", "@" + file_with(content));
    if (set)
        fuzz::check_addresses(*set);
    else
        fuzz::check_refusal(set.error());
}

void cpu_file(std::string_view content) {
    const auto cpus = drain::parse_cpu_list(content);
    if (!cpus) return;
    XS_REQUIRE(!cpus->empty() && cpus->front() >= 0 && cpus->back() < drain::kMostCpus);
    for (std::size_t i = 1; i < cpus->size(); i++) XS_REQUIRE((*cpus)[i - 1] < (*cpus)[i]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view content(reinterpret_cast<const char*>(data), size);
    address_file(content);
    cpu_file(content);
    return 0;
}
