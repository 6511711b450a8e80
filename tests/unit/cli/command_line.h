// SPDX-License-Identifier: BSD-2-Clause
// A command line as a test writes it: xdpsift with its commands, parsed as in the program.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "cli/capture_arguments.h"
#include "cli/capture_options.h"
#include "cli/filter_command_options.h"
#include "cli/usage_error.h"

namespace xdpsift::cli {

class CommandLine {
   public:
    CommandLine() {
        app_.require_subcommand(1);
        declare_capture_options(*capture_, arguments_);
        app_.add_subcommand("doctor", "check this machine");
        filter_->require_subcommand(1);
        declare_filter_explain_options(*explain_, explain_arguments_);
        declare_filter_run_options(*run_, run_arguments_);
    }

    // `words` follow "xdpsift".
    Result<void> parse(std::vector<std::string> words) {
        std::reverse(words.begin(), words.end());  // as CLI11 wants them
        try {
            app_.parse(std::move(words));
        } catch (const CLI::ParseError& error) {
            return tl::unexpected(usage_error(app_, error));
        }
        return {};
    }
    // `words` follow "xdpsift capture".
    Result<CaptureOptions> capture(std::vector<std::string> words) {
        words.insert(words.begin(), "capture");
        return parse(std::move(words)).and_then([this] { return resolve(arguments_); });
    }

    // `words` follow "xdpsift filter explain" and "xdpsift filter run".
    Result<FilterExplainOptions> explain(std::vector<std::string> words) {
        words.insert(words.begin(), {"filter", "explain"});
        return parse(std::move(words)).and_then([this] { return resolve(explain_arguments_); });
    }
    Result<FilterRunOptions> run(std::vector<std::string> words) {
        words.insert(words.begin(), {"filter", "run"});
        return parse(std::move(words)).and_then([this] { return resolve(run_arguments_); });
    }

    CLI::App& capture_app() { return *capture_; }
    CLI::App& explain_app() { return *explain_; }
    CLI::App& run_app() { return *run_; }
    const CaptureArguments& arguments() const { return arguments_; }

   private:
    CLI::App app_{"packet filter and sampler that runs in the kernel", "xdpsift"};
    CLI::App* capture_ = app_.add_subcommand("capture", "capture packets");
    CaptureArguments arguments_;
    CLI::App* filter_ = app_.add_subcommand("filter", "look at a filter");
    CLI::App* explain_ = filter_->add_subcommand("explain", "explain it");
    CLI::App* run_ = filter_->add_subcommand("run", "run it");
    FilterExplainArguments explain_arguments_;
    FilterRunArguments run_arguments_;
};

}  // namespace xdpsift::cli
