// SPDX-License-Identifier: BSD-2-Clause
// Capabilities that a binary's file grants to who runs it (capabilities(7)).
#pragma once

#include <filesystem>
#include <vector>

namespace xdpsift::harness {

// Permitted and effective, nothing else. False with errno set where it is refused.
bool grant_file_capabilities(const std::filesystem::path& binary, const std::vector<unsigned>& capabilities);

// Whether the file system that holds `folder` keeps and honours them.
bool file_capabilities_work_in(const std::filesystem::path& folder);

}  // namespace xdpsift::harness
