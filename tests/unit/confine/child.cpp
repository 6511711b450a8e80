// SPDX-License-Identifier: BSD-2-Clause
#include "child.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "confine/confinement.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::confine {
namespace {

pid_t start(const std::string& folder, const std::function<int()>& attempt) {
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    auto confinement = Confinement::prepare({{}, folder});
    if (!confinement || !confinement->enter()) ::_exit(kCouldNotConfine);
    ::_exit(attempt());
}

int end_of(pid_t pid) {
    int status = 0;
    if (::waitpid(pid, &status, 0) != pid) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

int confined(const std::string& folder, const std::function<int()>& attempt) { return end_of(start(folder, attempt)); }

std::string status_of_confined(const std::string& name) {
    std::array<int, 2> to_child{};
    std::array<int, 2> to_parent{};
    if (::pipe(to_child.data()) != 0 || ::pipe(to_parent.data()) != 0) return "no pipe";
    char byte = 0;
    const pid_t pid = start("", [&] {
        char received = 0;
        if (::write(to_parent[1], &received, 1) != 1) return 1;
        return ::read(to_child[0], &received, 1) == 1 ? 0 : 1;
    });
    UniqueFd other_ends[] = {UniqueFd(to_child[0]), UniqueFd(to_parent[1])};
    for (auto& end : other_ends) end.reset();
    const UniqueFd ends[] = {UniqueFd(to_child[1]), UniqueFd(to_parent[0])};
    std::string value = "the child did not enter";
    if (::read(ends[1].get(), &byte, 1) == 1) {
        std::ifstream status("/proc/" + std::to_string(pid) + "/status");
        for (std::string word; status >> word;)
            if (word == name + ":") status >> value;
        EXPECT_EQ(::write(ends[0].get(), &byte, 1), 1);
    }
    EXPECT_EQ(end_of(pid), 0);
    return value;
}

TemporaryFolder::TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "xdpsift-confine-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp " + pattern);
    path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace xdpsift::confine
