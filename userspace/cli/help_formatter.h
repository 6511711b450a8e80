// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <string>
#include <utility>

namespace xdpsift::cli {

// The help of one command: how it is called, then its options by group.
class HelpFormatter : public CLI::Formatter {
   public:
    explicit HelpFormatter(std::string usage) : usage_(std::move(usage)) { column_width(kColumn); }

    std::string make_usage(const CLI::App*, std::string) const override { return "Usage: " + usage_ + '\n'; }
    // One blank line between groups is enough.
    std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
        return CLI::detail::find_and_replace(CLI::Formatter::make_help(app, name, mode), "\n\n\n", "\n\n");
    }

   private:
    static constexpr std::size_t kColumn = 30;
    std::string usage_;
};

// A formatter of its own: the parent's is shared with the other commands.
inline void set_help(CLI::App& app, std::string usage, const char* footer) {
    app.formatter(std::make_shared<HelpFormatter>(std::move(usage)));
    app.footer(footer);
}

}  // namespace xdpsift::cli
