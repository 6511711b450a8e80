// SPDX-License-Identifier: BSD-2-Clause
// The man page and the shell completions know every option that their command has.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

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

// The lines in which none of these stands.
std::string without(const std::string& text, const std::vector<std::string>& words) {
    std::istringstream lines(text);
    std::string out;
    for (std::string line; std::getline(lines, line);) {
        if (std::none_of(words.begin(), words.end(), [&](const auto& word) { return line.find(word) != line.npos; }))
            out += line + '\n';
    }
    return out;
}

struct Command {
    const char* page;
    std::vector<CLI::App*> apps;
};

// Calls visit(page, name) for each option of each command, its name without dashes.
template <typename Visit>
void for_each_long_option(CommandLine& line, Visit visit) {
    const Command commands[] = {{"docs/man/xdpsift-capture.1", {&line.capture_app()}},
                                {"docs/man/xdpsift-filter.1", {&line.explain_app(), &line.run_app()}}};
    for (const auto& [page, apps] : commands) {
        int options = 0;
        for (auto* app : apps)
            for (const auto* option : app->get_options())
                for (const auto& name : option->get_lnames()) {
                    visit(std::string(page), name);
                    ++options;
                }
        EXPECT_GT(options, 20) << page;
    }
}

TEST(Documents, TheManPagesHaveEveryOption) {
    CommandLine line;
    for_each_long_option(line, [](const std::string& page, const std::string& name) {
        EXPECT_TRUE(
            std::regex_search(content_of(page), std::regex("\\n\\.It (Fl [a-zA-Z] .*, )?Fl Fl " + name + "(\\n| )")))
            << page << ": " << name;
    });
}

TEST(Documents, TheCompletionsHaveEveryOption) {
    const auto bash = content_of("packaging/completion/xdpsift.bash");
    const auto zsh = content_of("packaging/completion/_xdpsift");
    const auto fish = content_of("packaging/completion/xdpsift.fish");
    CommandLine line;
    for_each_long_option(line, [&](const std::string& page, const std::string& name) {
        const bool of_filter = page.find("filter") != page.npos;
        // What is the filter command's stands behind its name.
        const auto part = [&](const std::string& text, const char* start, const char* end) {
            if (!of_filter) return text;
            const auto from = text.find(start);
            EXPECT_NE(from, text.npos) << start;
            return text.substr(from, text.find(end, from) - from);
        };
        EXPECT_TRUE(std::regex_search(
            part(bash, "_xdpsift_filter_value()", "_xdpsift() {") + part(bash, "        filter)", "        doctor)"),
            std::regex("--" + name + "[ \\n)|'\"]")))
            << name;
        EXPECT_TRUE(
            std::regex_search(part(zsh, "_xdpsift_filter()", "_xdpsift_doctor()"), std::regex("--" + name + "[^a-z-]")))
            << name;
        EXPECT_TRUE(std::regex_search(of_filter ? without(fish, {"-n $capture", "-n $doctor"}) : fish,
                                      std::regex("-l " + name + "( |\\n)")))
            << name;
    });
}

// And none that it does not have.
TEST(Documents, TheManPagesInventNoOption) {
    CommandLine line;
    const std::regex item("\\n\\.It [^\\n]*Fl Fl ([a-z-]+)");
    const auto check = [&](const std::string& path, const std::vector<CLI::App*>& apps) {
        const auto page = content_of(path);
        for (std::sregex_iterator match(page.begin(), page.end(), item), end; match != end; ++match) {
            const auto name = "--" + (*match)[1].str();
            EXPECT_TRUE(std::any_of(apps.begin(), apps.end(),
                                    [&](CLI::App* app) { return app->get_option_no_throw(name) != nullptr; }))
                << path << ": " << name;
        }
    };
    check("docs/man/xdpsift-capture.1", {&line.capture_app()});
    check("docs/man/xdpsift-filter.1", {&line.explain_app(), &line.run_app()});
}

}  // namespace
}  // namespace xdpsift::cli
