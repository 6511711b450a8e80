// SPDX-License-Identifier: BSD-2-Clause
#include "drain/cpu_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace xdpsift::drain {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

TEST(CpuList, ReadsNumbersAndRanges) {
    EXPECT_THAT(parse_cpu_list("0"), Optional(ElementsAre(0)));
    EXPECT_THAT(parse_cpu_list("0-3\n"), Optional(ElementsAre(0, 1, 2, 3)));
    EXPECT_THAT(parse_cpu_list("0-1,4,6-7\n"), Optional(ElementsAre(0, 1, 4, 6, 7)));
}

TEST(CpuList, RefusesWhatTheKernelWouldNotWrite) {
    for (const char* text : {"", "\n", "a", "-1", "0-", "0,", ",0", "3-1", "1,1", "0-2,2", "0 1", "0\n\n", "0-65536",
                             "99999999999", "0x3"})
        EXPECT_FALSE(parse_cpu_list(text)) << text;
}

}  // namespace
}  // namespace xdpsift::drain
