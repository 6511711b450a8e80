// SPDX-License-Identifier: BSD-2-Clause
// Places for a test's files, gone with their owner.
#pragma once

#include <cstddef>
#include <filesystem>

namespace xdpsift::harness {

// A new folder under $TMPDIR, or /tmp.
class ScratchFolder {
   public:
    ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ~ScratchFolder();

    const std::filesystem::path& path() const { return path_; }

   private:
    std::filesystem::path path_;
};

// A tmpfs that holds `size_bytes` and not a page more, mounted on a folder of its own.
class SmallDisk {
   public:
    SmallDisk(const std::filesystem::path& mount_point, std::size_t size_bytes);
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk();

    const std::filesystem::path& path() const { return path_; }

   private:
    std::filesystem::path path_;
};

}  // namespace xdpsift::harness
