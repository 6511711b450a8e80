// SPDX-License-Identifier: BSD-2-Clause
#include "expression/compile.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <utility>

#include "expression/pcap_program.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::expression {
namespace {

// The first byte that the child sends.
enum Answer : char { kOptimised = 'o', kPlain = 'p', kMatchesNothing = 'n', kRefused = 'r' };

bool send_all(int fd, const void* data, std::size_t size) {
    const auto* at = static_cast<const char*>(data);
    while (size > 0) {
        const auto count = ::write(fd, at, size);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        at += count;
        size -= static_cast<std::size_t>(count);
    }
    return true;
}

bool ends_word(const std::string& text, std::size_t at) {
    constexpr std::string_view kSeparate = " \t\r\n()[]!&|<>=+-*/%^:";
    return kSeparate.find(text[at]) != kSeparate.npos || kSeparate.find(text[at - 1]) != kSeparate.npos;
}

// libpcap does not say where a syntax error is. The longest beginning that it takes, open parentheses closed, does.
std::string place_of_error(const std::string& text) {
    constexpr std::size_t kLongest = 4096;
    if (text.size() > kLongest) return {};
    ClassicProgram ignored;
    for (auto end = text.size(); end > 0; end--) {
        if (end < text.size() && !ends_word(text, end)) continue;
        auto beginning = text.substr(0, end);
        const auto open = std::count(beginning.begin(), beginning.end(), '(');
        const auto closed = std::count(beginning.begin(), beginning.end(), ')');
        beginning.append(static_cast<std::size_t>(std::max<std::ptrdiff_t>(open - closed, 0)), ')');
        if (!pcap_program(beginning, false, ignored).empty()) continue;
        if (end == text.size()) return "; a parenthesis is not closed";
        const auto next = text.find_first_not_of(" \t\r\n", end);
        if (next == text.npos) return {};
        const auto taken = text.substr(0, text.find_last_not_of(" \t\r\n", end - 1) + 1);
        return fmt::format("; it takes '{}', and stumbles over what follows: '{}'", taken, text.substr(next));
    }
    return {};
}

[[noreturn]] void compile_in_child(int fd, const std::string& text, const CompileOptions& options) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::signal(SIGALRM, SIG_DFL);
    ::alarm(options.limit_s);
    ClassicProgram program;
    Answer answer = kPlain;
    auto refusal = pcap_program(text, false, program);
    if (!refusal.empty()) {
        answer = kRefused;
        if (refusal.find("syntax error") != refusal.npos) refusal += place_of_error(text);
    } else if (options.optimise && program.size() <= kMostOptimised) {
        ClassicProgram optimised;
        // It sees more: a division by zero, and that no packet can match. Of the latter libpcap makes an error too.
        refusal = pcap_program(text, true, optimised);
        const bool matches_nothing = refusal.find("rejects all packets") != refusal.npos;
        answer = refusal.empty() ? kOptimised : matches_nothing ? kMatchesNothing : kRefused;
        if (answer == kOptimised) program = std::move(optimised);
    }
    const bool sent = send_all(fd, &answer, 1) &&
                      (answer == kRefused ? send_all(fd, refusal.data(), refusal.size())
                                          : send_all(fd, program.data(), program.size() * sizeof(program.front())));
    ::_exit(sent ? 0 : 1);
}

std::string receive_all(int fd) {
    std::string out;
    char buffer[65536];
    for (;;) {
        const auto count = ::read(fd, buffer, sizeof(buffer));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return out;
        out.append(buffer, static_cast<std::size_t>(count));
    }
}

std::string shortened(const std::string& text) {
    constexpr std::size_t kShown = 200;
    return text.size() <= kShown ? text : fmt::format("{}...", std::string_view(text).substr(0, kShown));
}

Error abandoned(int status, const CompileOptions& options) {
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        return {ExitStatus::usage,
                fmt::format("libpcap did not compile the expression within {} s: make it simpler, write addresses "
                            "instead of names, or put long lists into a file for --src, --dst or --host",
                            options.limit_s),
                {}};
    if (WIFSIGNALED(status))
        return {ExitStatus::usage,
                fmt::format(
                    "libpcap died of signal {} on the expression: make it simpler, or put long lists into a file for "
                    "--src, --dst or --host",
                    WTERMSIG(status)),
                {}};
    return {ExitStatus::failed, "libpcap failed on the expression without a word", {}};
}

}  // namespace

// In a child, because libpcap has no limit of its own and cannot be stopped otherwise.
Result<Compiled> compile(const std::string& text, const CompileOptions& options) {
    if (text.size() > kMaxTextBytes)
        return fail(ExitStatus::usage, fmt::format("the expression has {} bytes, and {} is the most: put long lists of "
                                                   "addresses into a file for --src, --dst or --host",
                                                   text.size(), kMaxTextBytes));
    if (text.find('\0') != std::string::npos) return fail(ExitStatus::usage, "the expression holds a NUL character");
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return fail(ExitStatus::failed, fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    const UniqueFd read_end(ends[0]);
    UniqueFd write_end(ends[1]);
    const pid_t child = ::fork();
    if (child < 0) return fail(ExitStatus::failed, fmt::format("cannot fork: {}", std::strerror(errno)));
    if (child == 0) compile_in_child(write_end.get(), text, options);
    write_end.reset();
    const auto answer = receive_all(read_end.get());
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || answer.empty())
        return tl::unexpected(abandoned(status, options));
    if (answer.front() == kRefused)
        return fail(ExitStatus::usage, fmt::format("libpcap refuses '{}': {}", shortened(text), answer.substr(1)));
    Compiled out;
    out.program.resize((answer.size() - 1) / sizeof(sock_filter));
    std::memcpy(out.program.data(), answer.data() + 1, out.program.size() * sizeof(sock_filter));
    if (auto checked = check(out.program); !checked) return tl::unexpected(checked.error());
    out.optimised = answer.front() == kOptimised;
    out.verdict =
        answer.front() == kMatchesNothing ? OnlyVerdict::rejects : only_verdict(shorten(flow_of(out.program)));
    return out;
}

}  // namespace xdpsift::expression
