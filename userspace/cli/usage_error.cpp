// SPDX-License-Identifier: BSD-2-Clause
#include "cli/usage_error.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/quoted.h"
#include "cli/suggest.h"

namespace xdpsift::cli {
namespace {

std::vector<std::string> option_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const auto* option : app.get_options())
        for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    return names;
}

std::vector<std::string> command_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(command->get_name());
    return names;
}

// Of the words that nothing expected, the first is the one to look at.
std::string unexpected_word(const CLI::App& app, std::string_view word) {
    if (word.substr(0, 2) == "--") {
        const auto name = word.substr(0, word.find('='));
        return fmt::format("unknown option {}{}", printable(name, kQuotedBytes), did_you_mean(name, option_names(app)));
    }
    if (word.substr(0, 1) == "-") return fmt::format("unknown option {}", printable(word, kQuotedBytes));
    const auto commands = command_names(app);
    if (commands.empty()) return fmt::format("{} was not expected", in_quotes(word));
    return fmt::format("unknown command {}{}", in_quotes(word), did_you_mean(word, commands));
}

std::string sentence(const CLI::App& app, const std::vector<std::string>& words, const CLI::ParseError& error) {
    const std::string what = error.what();
    // CLI11 misses a command before it looks at what stands in its place.
    if (!words.empty()) return unexpected_word(app, words.front());
    // "--count: 1 required N missing"
    const auto colon = what.find(':');
    if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr && colon != std::string::npos)
        return what.substr(0, colon) + " needs a value";
    if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr && !command_names(app).empty())
        return fmt::format("a command is missing: {}", fmt::join(command_names(app), ", "));
    return printable(what, 512);
}

}  // namespace

Error usage_error(const CLI::App& app, const CLI::ParseError& error) {
    // The innermost command; words that it left behind (after --, say) may have gone to the root.
    const CLI::App* command = &app;
    std::string name = "xdpsift";
    const auto was_given = [](const CLI::App* one) { return one->parsed(); };
    for (auto inner = app.get_subcommands(was_given); !inner.empty(); inner = command->get_subcommands(was_given)) {
        command = inner.front();
        name += ' ' + command->get_name();
    }
    const auto words = command->remaining().empty() ? app.remaining() : command->remaining();
    return Error{ExitStatus::usage, fmt::format("{} (see {} --help)", sentence(*command, words, error), name), {}};
}

}  // namespace xdpsift::cli
