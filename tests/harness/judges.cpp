// SPDX-License-Identifier: BSD-2-Clause
#include "harness/judges.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <regex>
#include <sstream>
#include <vector>

#include "harness/process.h"

namespace xdpsift::harness {
namespace {

bool on_path(const std::string& program) {
    const char* path = std::getenv("PATH");
    std::istringstream folders(path != nullptr ? path : "");
    for (std::string folder; std::getline(folders, folder, ':');) {
        if (::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
    }
    return false;
}

// What a program says on standard error, less the lines that every run says.
std::string complaints(const std::string& err, const std::regex& usual) {
    std::istringstream lines(err);
    std::string out;
    for (std::string line; std::getline(lines, line);) {
        if (!line.empty() && !std::regex_search(line, usual)) out += line + "\n";
    }
    return out;
}

testing::AssertionResult verdict(const std::string& judge, const Outcome& outcome, const std::regex& usual, long found,
                                 std::size_t expected) {
    const std::string words = complaints(outcome.err, usual);
    if (outcome.exit_status != 0 || !words.empty())
        return testing::AssertionFailure() << judge << " ended with " << outcome.exit_status << " and said: " << words;
    if (found != static_cast<long>(expected))
        return testing::AssertionFailure() << judge << " counts " << found << " packets, not " << expected;
    return testing::AssertionSuccess();
}

long number_in(const std::string& text, const std::regex& pattern) {
    std::smatch match;
    return std::regex_search(text, match, pattern) ? std::stol(match[1]) : -1;
}

testing::AssertionResult ask_tcpdump(const std::string& file, const std::optional<std::string>& input,
                                     std::size_t packets) {
    static const std::regex usual("^reading from file |^dropped privs to ");
    const Outcome outcome = run({.argv = {"tcpdump", "-n", "-r", file, "--count"}, .input = input});
    return verdict("tcpdump", outcome, usual, number_in(outcome.out, std::regex("([0-9]+) packet")), packets);
}

testing::AssertionResult ask_tshark(const std::string& file, std::size_t packets) {
    static const std::regex usual("^Running as user ");
    const Outcome outcome = run({.argv = {"tshark", "-n", "-r", file, "-T", "fields", "-e", "frame.number"}});
    const auto lines = std::count(outcome.out.begin(), outcome.out.end(), '\n');
    return verdict("tshark", outcome, usual, lines, packets);
}

testing::AssertionResult ask_capinfos(const std::string& file, std::size_t packets) {
    static const std::regex usual("^$");
    const Outcome outcome = run({.argv = {"capinfos", "-M", "-c", file}});
    return verdict("capinfos", outcome, usual, number_in(outcome.out, std::regex("Number of packets:\\s*([0-9]+)")),
                   packets);
}

}  // namespace

bool judge_present(const std::string& program) {
    if (on_path(program)) return true;
    if (std::getenv("XDPSIFT_REQUIRE_JUDGES") != nullptr)
        ADD_FAILURE() << program << " is absent, and XDPSIFT_REQUIRE_JUDGES is set";
    else
        std::cerr << "judge not asked: " << program << " is absent\n";
    return false;
}

testing::AssertionResult judges_accept(const std::filesystem::path& file, std::size_t packets) {
    if (judge_present("tcpdump")) {
        if (auto result = ask_tcpdump(file.string(), std::nullopt, packets); !result) return result;
    }
    if (judge_present("tshark")) {
        if (auto result = ask_tshark(file.string(), packets); !result) return result;
    }
    if (judge_present("capinfos")) {
        if (auto result = ask_capinfos(file.string(), packets); !result) return result;
    }
    return testing::AssertionSuccess();
}

testing::AssertionResult tcpdump_accepts_stream(const std::string& bytes, std::size_t packets) {
    if (!judge_present("tcpdump")) return testing::AssertionSuccess();
    return ask_tcpdump("-", bytes, packets);
}

}  // namespace xdpsift::harness
