// SPDX-License-Identifier: BSD-2-Clause
#include "cli/doctor_checks.h"

#include <algorithm>

namespace xdpsift::cli {

Check ok_check(std::string name, std::string detail) {
    return {std::move(name), CheckStatus::ok, std::move(detail), {}, ExitStatus::done};
}

Check warning_check(std::string name, std::string detail, std::string advice) {
    return {std::move(name), CheckStatus::warning, std::move(detail), std::move(advice), ExitStatus::done};
}

Check failed_check(ExitStatus status, std::string name, std::string detail, std::string advice) {
    return {std::move(name), CheckStatus::failure, std::move(detail), std::move(advice), status};
}

ExitStatus exit_status_of(const std::vector<Check>& checks) {
    for (const auto status :
         {ExitStatus::not_permitted, ExitStatus::unavailable, ExitStatus::unsupported, ExitStatus::failed}) {
        const bool led_to = std::any_of(checks.begin(), checks.end(), [&](const Check& check) {
            return check.status == CheckStatus::failure && check.exit_status == status;
        });
        if (led_to) return status;
    }
    return ExitStatus::done;
}

}  // namespace xdpsift::cli
