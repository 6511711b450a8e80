// SPDX-License-Identifier: BSD-2-Clause
#include "loader/probe.h"

#include <gtest/gtest.h>
#include <net/if.h>

#include "loader/xdp_support.h"

namespace xdpsift::loader {
namespace {

TEST(ReleaseAtLeast, ComparesNumbersNotText) {
    EXPECT_TRUE(release_at_least("5.10.0", 5, 10));
    EXPECT_TRUE(release_at_least("5.10.0-28-amd64", 5, 9));
    EXPECT_FALSE(release_at_least("5.9.16", 5, 10));
    EXPECT_TRUE(release_at_least("6.1", 5, 18));
    EXPECT_FALSE(release_at_least("4.19.0", 5, 10));
    EXPECT_FALSE(release_at_least("", 5, 10));
    EXPECT_FALSE(release_at_least("unknown", 0, 0));
}

// Whatever the privileges, the facts are consistent: capabilities that are all there allow a program or the refusal
// says why.
TEST(ProbeKernel, AnswersOnThisMachine) {
    const auto kernel = probe_kernel();
    EXPECT_TRUE(release_at_least(kernel.release, 2, 6)) << kernel.release;
    if (kernel.xdp_program.support == Support::yes) {
        EXPECT_NE(kernel.perf_output.support, Support::forbidden);
        EXPECT_NE(kernel.spin_lock.support, Support::unknown);
    } else {
        EXPECT_NE(kernel.xdp_program.reason, "");
        EXPECT_EQ(kernel.xdp_link.support, Support::unknown);
    }
}

TEST(QueryXdpSupport, OfTheLoopbackInterface) {
    const auto index = ::if_nametoindex("lo");
    ASSERT_NE(index, 0u);
    const auto support = query_xdp_support("lo", static_cast<int>(index), "");
    EXPECT_FALSE(support.veth_peer.has_value());
    EXPECT_TRUE(support.offloads.contains("rx-gro"));
    if (support.driver_features) {
        EXPECT_FALSE(support.driver_features->native);
    }
}

TEST(DriverKnownForNative, ByExactName) {
    EXPECT_TRUE(driver_known_for_native("veth"));
    EXPECT_TRUE(driver_known_for_native("virtio_net"));
    EXPECT_FALSE(driver_known_for_native("virtio"));
    EXPECT_FALSE(driver_known_for_native(""));
}

}  // namespace
}  // namespace xdpsift::loader
