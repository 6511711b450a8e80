// SPDX-License-Identifier: BSD-2-Clause
#include "cli/explanation.h"

#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>

#include "cli/quoted.h"
#include "expression/pcap_program.h"
#include "xdpsift/event.h"

namespace xdpsift::cli {
namespace {

using Json = nlohmann::ordered_json;
using expression::OnlyVerdict;

constexpr std::size_t kColumns = 100;

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    return lines;
}

// Where the translation is left, the sampler goes on. In the listing alone: the jump is aimed when it is put in.
std::vector<std::string> translation_lines(const std::vector<bpf_insn>& code) {
    std::vector<std::string> lines;
    for (const auto& one : expression::disassemble(code))
        lines.push_back(fmt::format("{:4}: {}", one.index, one.index == 0 ? "goto the sampler" : one.text));
    return lines;
}

Matches matches_of(const Explanation& explanation, OnlyVerdict verdict) {
    const bool no_expression = explanation.expression.empty();
    if (!no_expression && verdict == OnlyVerdict::rejects) return Matches::nothing;
    const bool any = no_expression || verdict == OnlyVerdict::accepts;
    return any && explanation.fields.empty() ? Matches::everything : Matches::some;
}

const char* to_string(Matches matches) {
    switch (matches) {
        case Matches::nothing: return "nothing";
        case Matches::some: return "some";
        case Matches::everything: return "everything";
    }
    return "some";
}

std::string wrapped(std::string_view text, std::size_t indent) {
    const std::string margin(indent, ' ');
    std::string out;
    std::size_t column = 0;
    while (!text.empty()) {
        const auto end = text.find(' ');
        const auto word = text.substr(0, end);
        if (column > 0 && column + 1 + word.size() > kColumns - indent) {
            out += '\n';
            column = 0;
        }
        out += column == 0 ? margin : std::string(" ");
        column += (column == 0 ? 0 : 1) + word.size();
        out += word;
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    return out + '\n';
}

void append_listing(std::string& text, const std::string& title, const std::vector<std::string>& lines) {
    text += '\n' + title + ":\n";
    for (const auto& line : lines) text += "  " + line + '\n';
}

void append_counts(std::string& text, const Explanation& explanation) {
    auto out = std::back_inserter(text);
    text += "\nInstructions:\n";
    if (!explanation.expression.empty()) {
        fmt::format_to(out, "  {:<10} {:>8}\n", "classic", explanation.classic.size());
        fmt::format_to(out, "  {:<10} {:>8}\n", "translated",
                       explanation.translation.size() + explanation.on_copy.size());
    }
    if (!explanation.program) {
        fmt::format_to(out, "  {:<10}  unknown: {}\n", "program", explanation.no_program);
        return;
    }
    fmt::format_to(out, "  {:<10} {:>8}  the whole of it, as the kernel keeps it\n", "program",
                   explanation.program->instructions);
    fmt::format_to(out, "  {:<10} {:>8}  that the verifier went through, of 1000000 at most\n", "verified",
                   explanation.program->verified);
}

}  // namespace

Result<Explanation> explain(const FilterOptions& options, const expression::Compiled& compiled,
                            const Result<LoadedProgram>& program) {
    Explanation out;
    out.filter = effective_filter(options);
    out.fields = printable(options.filter.text(), std::string::npos);
    out.expression = expression_text(options.expression);
    out.matches = matches_of(out, compiled.verdict);
    out.optimised = compiled.optimised;
    if (program)
        out.program = *program;
    else
        out.no_program = program.error().message;
    out.caveats = caveats(options, compiled);
    if (compiled.program.empty()) return out;
    out.classic = lines_of(expression::listing(compiled.program));
    const bool fragments = program && program->fragments;
    const auto translation = expression::translate(
        compiled.program, {.source = fragments ? expression::Source::fragment : expression::Source::frame});
    if (!translation) return tl::unexpected(translation.error());
    out.translation = translation_lines(translation->code);
    if (!fragments) return out;
    const auto on_copy =
        expression::translate(compiled.program, {.source = expression::Source::copy, .copy_capacity = XS_COPY_BYTES});
    if (!on_copy) return tl::unexpected(on_copy.error());
    out.on_copy = translation_lines(on_copy->code);
    return out;
}

std::string explanation_text(const Explanation& explanation) {
    std::string text = fmt::format("Filter: {}\n", explanation.filter.empty() ? "none" : explanation.filter);
    if (explanation.matches == Matches::nothing) text += "No packet can match it.\n";
    if (explanation.matches == Matches::everything) text += "Every packet matches it.\n";
    if (!explanation.expression.empty()) {
        append_listing(
            text,
            fmt::format("Classic BPF, {}", explanation.optimised ? "optimised by libpcap" : "not optimised by libpcap"),
            explanation.classic);
        append_listing(text, "Translation for the kernel", explanation.translation);
        if (!explanation.on_copy.empty())
            append_listing(text, "The same for frames whose first fragment does not suffice", explanation.on_copy);
    }
    append_counts(text, explanation);
    if (!explanation.caveats.empty()) text += "\nCaveats:\n";
    for (const auto& caveat : explanation.caveats) text += "  " + caveat.about + '\n' + wrapped(caveat.text, 4);
    return text;
}

std::string explanation_json(const Explanation& explanation) {
    Json json;
    json["filter"] = explanation.filter;
    json["options"] = explanation.fields;
    json["expression"] = explanation.expression;
    json["matches"] = to_string(explanation.matches);
    json["classic"] = nullptr;
    json["translation"] = nullptr;
    if (!explanation.expression.empty()) {
        json["classic"] = {{"optimised", explanation.optimised},
                           {"instructions", explanation.classic.size()},
                           {"listing", explanation.classic}};
        json["translation"] = {{"instructions", explanation.translation.size()},
                               {"listing", explanation.translation},
                               {"on_copy", nullptr}};
        if (!explanation.on_copy.empty())
            json["translation"]["on_copy"] = {{"instructions", explanation.on_copy.size()},
                                              {"listing", explanation.on_copy}};
    }
    json["program"] = {{"instructions", nullptr}, {"verified", nullptr}, {"reason", nullptr}};
    if (explanation.program) {
        json["program"]["instructions"] = explanation.program->instructions;
        json["program"]["verified"] = explanation.program->verified;
    } else {
        json["program"]["reason"] = explanation.no_program;
    }
    json["caveats"] = Json::array();
    for (const auto& caveat : explanation.caveats)
        json["caveats"].push_back({{"about", caveat.about}, {"text", caveat.text}});
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace xdpsift::cli
