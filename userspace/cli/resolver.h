// SPDX-License-Identifier: BSD-2-Clause
// From arguments as they stand on the command line to typed and checked values.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "cli/filter_arguments.h"
#include "xdpsift/result.h"

namespace xdpsift::cli {

inline std::string joined(const Values& values, char separator) {
    std::string out;
    for (const auto& value : values) {
        if (&value != &values.front()) out += separator;
        out += value;
    }
    return out;
}

// Takes values one by one; after the first error nothing more is looked at.
class Resolver {
   public:
    // An option that has one value.
    template <typename Target, typename Parse>
    void one(std::string_view option, const Values& values, Target& target, Parse&& parse) {
        if (!outcome_ || values.empty()) return;
        if (values.size() > 1) return refuse(fmt::format("{} is given {} times: give it once", option, values.size()));
        take(option, values.front(), target, parse);
    }
    // An option that has a list: repeated, it adds to it.
    template <typename Target, typename Parse>
    void list(std::string_view option, const Values& values, Target& target, Parse&& parse) {
        if (!outcome_ || values.empty()) return;
        for (const auto& value : values)
            if (value.empty()) return refuse(fmt::format("{}: the list is empty", option));
        take(option, joined(values, ','), target, parse);
    }
    void refuse_when(bool wrong, std::string_view sentence) {
        if (outcome_ && wrong) refuse(std::string(sentence));
    }
    const Result<void>& outcome() const { return outcome_; }

   private:
    void refuse(std::string sentence) { outcome_ = fail(ExitStatus::usage, std::move(sentence)); }

    template <typename Target, typename Parse>
    void take(std::string_view option, std::string_view text, Target& target, Parse& parse) {
        auto value = parse(option, text);
        if (value)
            target = std::move(*value);
        else
            outcome_ = tl::unexpected(std::move(value.error()));
    }

    Result<void> outcome_;
};

}  // namespace xdpsift::cli
