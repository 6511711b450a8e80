// SPDX-License-Identifier: BSD-2-Clause
#include "harness/scratch.h"

#include <stdlib.h>
#include <sys/mount.h>

#include <string>
#include <system_error>

#include "harness/process.h"

namespace xdpsift::harness {

ScratchFolder::ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "xdpsift-e2e-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw_errno("mkdtemp " + pattern);
    path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

SmallDisk::SmallDisk(const std::filesystem::path& mount_point, std::size_t size_bytes) : path_(mount_point) {
    std::filesystem::create_directories(path_);
    const std::string options = "size=" + std::to_string(size_bytes);
    if (::mount("tmpfs", path_.c_str(), "tmpfs", 0, options.c_str()) != 0) throw_errno("mount tmpfs");
}

SmallDisk::~SmallDisk() { ::umount2(path_.c_str(), MNT_DETACH); }

}  // namespace xdpsift::harness
