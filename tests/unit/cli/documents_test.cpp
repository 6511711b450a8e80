// SPDX-License-Identifier: BSD-2-Clause
// The man page and the shell completions know every option that the command has.
#include <gmock/gmock.h>

#include <fstream>
#include <regex>
#include <sstream>
#include <string>

#include "command_line.h"

namespace xdpsift::cli {
namespace {

std::string content_of(const std::string& path) {
    const std::ifstream file(std::string(XDPSIFT_SOURCE_DIR) + "/" + path);
    EXPECT_TRUE(file) << path;
    std::ostringstream out;
    out << file.rdbuf();
    return out.str();
}

// Calls visit(name) for each option, without its dashes.
template <typename Visit>
void for_each_long_option(Visit visit) {
    CommandLine line;
    int options = 0;
    for (const auto* option : line.capture_app().get_options())
        for (const auto& name : option->get_lnames()) {
            visit(name);
            ++options;
        }
    EXPECT_GT(options, 30);
}

TEST(Documents, TheManPageHasEveryOption) {
    const auto page = content_of("docs/man/xdpsift-capture.1");
    for_each_long_option([&page](const std::string& name) {
        EXPECT_TRUE(std::regex_search(page, std::regex("\\n\\.It (Fl [a-zA-Z] .*, )?Fl Fl " + name + "(\\n| )")))
            << name;
    });
}

TEST(Documents, TheCompletionsHaveEveryOption) {
    const auto bash = content_of("packaging/completion/xdpsift.bash");
    const auto zsh = content_of("packaging/completion/_xdpsift");
    const auto fish = content_of("packaging/completion/xdpsift.fish");
    for_each_long_option([&](const std::string& name) {
        EXPECT_TRUE(std::regex_search(bash, std::regex("--" + name + "[ \\n)|'\"]"))) << name;
        EXPECT_TRUE(std::regex_search(zsh, std::regex("--" + name + "[^a-z-]"))) << name;
        EXPECT_TRUE(std::regex_search(fish, std::regex("-l " + name + "( |\\n)"))) << name;
    });
}

// And none that it does not have.
TEST(Documents, TheManPageInventsNoOption) {
    const auto page = content_of("docs/man/xdpsift-capture.1");
    const std::regex item("\\n\\.It [^\\n]*Fl Fl ([a-z-]+)");
    CommandLine line;
    for (std::sregex_iterator match(page.begin(), page.end(), item), end; match != end; ++match)
        EXPECT_NE(line.capture_app().get_option_no_throw("--" + (*match)[1].str()), nullptr) << (*match)[1];
}

}  // namespace
}  // namespace xdpsift::cli
