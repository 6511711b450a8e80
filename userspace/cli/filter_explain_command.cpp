// SPDX-License-Identifier: BSD-2-Clause
#include "cli/filter_explain_command.h"

#include "cli/compiled_filter.h"
#include "cli/explanation.h"
#include "cli/report_error.h"
#include "cli/say.h"
#include "cli/standard_output.h"
#include "loader/sampler.h"

namespace xdpsift::cli {
namespace {

Result<LoadedProgram> load(const FilterExplainOptions& options, const expression::Compiled& compiled) {
    loader::SamplerOptions sampler_options;
    sampler_options.filter = options.filter;
    sampler_options.expression = compiled.program;
    sampler_options.verifier_statistics = true;
    const auto sampler = loader::Sampler::load(sampler_options);
    if (!sampler) return tl::unexpected(sampler.error());
    return LoadedProgram{sampler->frags(), sampler->instructions(), sampler->verified_instructions()};
}

}  // namespace

int filter_explain_command(const FilterExplainArguments& arguments) {
    const auto options = resolve(arguments);
    if (!options) return static_cast<int>(report_error(options.error()));
    const auto compiled = compile_filter(*options);
    if (!compiled) return static_cast<int>(report_error(compiled.error()));
    const auto program = load(*options, *compiled);
    if (!program && options->verbose && !program.error().detail.empty()) say(program.error().detail + "\n");
    const auto explanation = explain(*options, *compiled, program);
    if (!explanation) return static_cast<int>(report_error(explanation.error()));
    const auto printed = print(options->json ? explanation_json(*explanation) : explanation_text(*explanation));
    return static_cast<int>(printed ? ExitStatus::done : report_error(printed.error()));
}

}  // namespace xdpsift::cli
