// SPDX-License-Identifier: BSD-2-Clause
#include "cli/doctor_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

namespace xdpsift::cli {
namespace {

constexpr const char* to_string(CheckStatus status) {
    switch (status) {
        case CheckStatus::ok: return "ok";
        case CheckStatus::warning: return "warning";
        case CheckStatus::failure: return "failure";
    }
    return "failure";
}

std::string counted(std::ptrdiff_t count, const char* noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

std::string doctor_text(const std::vector<Check>& checks) {
    std::size_t name_width = 0;
    for (const auto& check : checks) name_width = std::max(name_width, check.name.size());
    std::string text;
    for (const auto& check : checks) {
        fmt::format_to(std::back_inserter(text), "{:<8} {:<{}}  {}\n", to_string(check.status), check.name, name_width,
                       check.detail);
        if (!check.advice.empty())
            fmt::format_to(std::back_inserter(text), "{:<8} {:<{}}  -> {}\n", "", "", name_width, check.advice);
    }
    const auto count = [&](CheckStatus status) {
        return std::count_if(checks.begin(), checks.end(), [=](const Check& check) { return check.status == status; });
    };
    const auto failures = count(CheckStatus::failure);
    fmt::format_to(std::back_inserter(text), "\n{}, {}: {}\n", counted(failures, "failure"),
                   counted(count(CheckStatus::warning), "warning"),
                   failures == 0 ? "a capture can run" : "a capture cannot run");
    return text;
}

std::string doctor_json(const std::vector<Check>& checks) {
    auto list = nlohmann::ordered_json::array();
    for (const auto& check : checks) {
        list.push_back({{"name", check.name},
                        {"status", to_string(check.status)},
                        {"detail", check.detail},
                        {"advice", check.advice}});
    }
    const nlohmann::ordered_json report{{"checks", list}, {"ok", exit_status_of(checks) == ExitStatus::done}};
    // A name from the kernel need not be UTF-8.
    return report.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace xdpsift::cli
