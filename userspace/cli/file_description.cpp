// SPDX-License-Identifier: BSD-2-Clause
#include "cli/file_description.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <utility>

#include "cli/version.h"

namespace xdpsift::cli {

write::FileDescription describe_file(std::string comment) {
    utsname system{};
    ::uname(&system);
    write::FileDescription description;
    description.hardware = system.machine;
    description.os = fmt::format("{} {}", system.sysname, system.release);
    description.application = fmt::format("xdpsift {}", kVersion);
    description.comment = std::move(comment);
    return description;
}

}  // namespace xdpsift::cli
