// SPDX-License-Identifier: BSD-2-Clause
#include "cli/quoted.h"

#include <gtest/gtest.h>

namespace xdpsift::cli {
namespace {

using namespace std::string_view_literals;

TEST(Quoted, EscapesWhatATerminalWouldObey) {
    EXPECT_EQ(in_quotes("plain text"), "\"plain text\"");
    EXPECT_EQ(in_quotes("a\x1b[2Jb\nc\0d\x7f"sv), "\"a\\x1b[2Jb\\x0ac\\x00d\\x7f\"");
    EXPECT_EQ(in_quotes("caf\u00e9 \u20ac \U0001f600"), "\"caf\u00e9 \u20ac \U0001f600\"");
    EXPECT_EQ(in_quotes("\xc2\x9b"), "\"\\xc2\\x9b\"");           // a C1 control
    EXPECT_EQ(in_quotes("\xff\xc3"), "\"\\xff\\xc3\"");           // no lead byte; a lead without what follows
    EXPECT_EQ(in_quotes("\xc0\xaf"), "\"\\xc0\\xaf\"");           // overlong
    EXPECT_EQ(in_quotes("\xed\xa0\x80"), "\"\\xed\\xa0\\x80\"");  // surrogate
}

TEST(Quoted, CutsLongText) {
    EXPECT_EQ(in_quotes(std::string(64, 'a')), '"' + std::string(64, 'a') + '"');
    EXPECT_EQ(in_quotes(std::string(65, 'a')), '"' + std::string(64, 'a') + "...\"");
    // Never inside a character.
    EXPECT_EQ(printable("ab\u20ac", 4), "ab...");
}

TEST(ShellQuoted, QuotesWhereNeeded) {
    EXPECT_EQ(shell_quoted("10.0.0.0/8,::1"), "10.0.0.0/8,::1");
    EXPECT_EQ(shell_quoted(""), "''");
    EXPECT_EQ(shell_quoted("a b"), "'a b'");
    EXPECT_EQ(shell_quoted("it's $HOME"), "'it'\\''s $HOME'");
    EXPECT_EQ(shell_quoted("a\n'\\"), "$'a\\x0a\\'\\\\'");
    EXPECT_EQ(shell_quoted("\xff"), "$'\\xff'");
}

}  // namespace
}  // namespace xdpsift::cli
