// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/filter_arguments.h"

namespace xdpsift::cli {

// The options of one group. Nothing is converted here, so that all judgement, and all its words, is in one place.
class OptionGroup {
   public:
    OptionGroup(CLI::App& app, const char* name) : app_(app), name_(name) {}

    void value(const char* names, const char* placeholder, Values& target, const char* description) {
        app_.add_option(names, collect_into(target), description)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
            ->type_name(placeholder)
            ->option_text(placeholder)
            ->group(name_);
    }
    void flag(const char* names, bool& target, const char* description) {
        app_.add_flag(names, target, description)->group(name_);
    }

   private:
    static CLI::callback_t collect_into(Values& target) {
        return [&target](const CLI::results_t& results) {
            target = results;
            return true;
        };
    }

    CLI::App& app_;
    const char* name_;
};

}  // namespace xdpsift::cli
