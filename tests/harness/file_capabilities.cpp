// SPDX-License-Identifier: BSD-2-Clause
#include "harness/file_capabilities.h"

#include <endian.h>
#include <linux/capability.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include <fstream>

namespace xdpsift::harness {

bool grant_file_capabilities(const std::filesystem::path& binary, const std::vector<unsigned>& capabilities) {
    vfs_cap_data data{};
    data.magic_etc = htole32(VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE);
    for (const unsigned capability : capabilities)
        data.data[capability / 32].permitted |= htole32(std::uint32_t{1} << capability % 32);
    return ::setxattr(binary.c_str(), "security.capability", &data, sizeof(data), 0) == 0;
}

bool file_capabilities_work_in(const std::filesystem::path& folder) {
    struct statvfs status {};
    if (::statvfs(folder.c_str(), &status) != 0 || (status.f_flag & ST_NOSUID) != 0) return false;
    const auto probe = folder / "capability-probe";
    std::ofstream(probe) << "x";
    const bool granted = grant_file_capabilities(probe, {CAP_NET_ADMIN});
    std::filesystem::remove(probe);
    return granted;
}

}  // namespace xdpsift::harness
