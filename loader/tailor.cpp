// SPDX-License-Identifier: BSD-2-Clause
#include "loader/tailor.h"

#include <optional>

#include "expression/translate.h"
#include "loader/address_search.h"
#include "loader/jumps.h"
#include "loader/places.h"
#include "xdpsift/event.h"

namespace xdpsift::loader {
namespace {

// A family of which the list has too many is looked up in the trie instead: its place is not there any more.
void add_searches(const std::optional<AddressSet>& list, std::uint32_t number, std::size_t most, Stretches& out) {
    if (!list) return;
    if (list->v4.size() <= most) out[XS_PLACE_ADDRESSES(number, 4)] = search(list->v4);
    if (list->v6.size() <= most) out[XS_PLACE_ADDRESSES(number, 6)] = search(list->v6);
}

}  // namespace

Result<std::vector<bpf_insn>> tailor(std::span<const bpf_insn> program, const ReadOnlyData& data,
                                     const Measure& measure) {
    const auto narrowed = specialise(program, data);
    Stretches inlined, functions;
    add_searches(measure.filter.src, XS_LIST_SRC, measure.most_searched, inlined);
    add_searches(measure.filter.dst, XS_LIST_DST, measure.most_searched, inlined);
    add_searches(measure.filter.host, XS_LIST_EITHER, measure.most_searched, inlined);
    if (!measure.expression.empty()) {
        using expression::Source;
        const auto translation = expression::translate(
            measure.expression,
            {.source = measure.fragments ? Source::fragment : Source::frame, .stack_used = stack_used(narrowed)});
        if (!translation) return tl::unexpected(translation.error());
        inlined[XS_PLACE_EXPRESSION] = translation->code;
        const auto on_copy =
            expression::translate(measure.expression, {.source = Source::copy, .copy_capacity = XS_COPY_BYTES});
        if (!on_copy) return tl::unexpected(on_copy.error());
        functions[XS_PLACE_EXPRESSION_ON_COPY] = on_copy->code;
    }
    auto filled = fill_places(narrowed, inlined, functions);
    if (!filled) return filled;
    // What a place answers is compared where it was called. Once the answer is not needed any more, a way through it
    // may be no more than jumps.
    for (int pass = 0; pass < 2; pass++) {
        shorten_jumps(*filled);
        *filled = specialise(*filled, data);
    }
    return filled;
}

}  // namespace xdpsift::loader
