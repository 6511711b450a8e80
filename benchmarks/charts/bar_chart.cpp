// SPDX-License-Identifier: BSD-2-Clause
#include "charts/bar_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace xdpsift::charts {
namespace {

constexpr double kWidth = 760, kLeft = 130, kRight = 150, kTop = 82, kRow = 30, kBarHeight = 18, kBottom = 44;
constexpr double kLegendHeight = 24, kLegendStep = 200;
constexpr int kMostSteps = 6;
constexpr const char* kPlain = "plain";  // a class without a rule

// Ours are blue, others grey; parts get lighter. The picture brings its own background, as it cannot know the page's.
constexpr const char* kStyle = R"(<style>
text{font-family:system-ui,-apple-system,"Segoe UI",sans-serif;font-size:13px;fill:#1f2328}
.back{fill:#ffffff}.title{font-size:16px;font-weight:600}.quiet{font-size:12px;fill:#59636e}
.grid{stroke:#d1d9e0;stroke-width:1}.whisker{stroke:#1f2328;stroke-width:1.5}
.ours0{fill:#0969da}.ours1{fill:#80b3f0}.other0{fill:#6e7781}.other1{fill:#b7bec6}
@media(prefers-color-scheme:dark){
text{fill:#e6edf3}.back{fill:#0d1117}.quiet{fill:#9198a1}.grid{stroke:#3d444d}.whisker{stroke:#f0f6fc}
.ours0{fill:#2f81f7}.ours1{fill:#1c4f99}.other0{fill:#8b949e}.other1{fill:#4b535d}}
</style>
)";

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            default: out += c;
        }
    }
    return out;
}

double whole(const Bar& bar) { return std::accumulate(bar.parts.begin(), bar.parts.end(), 0.0); }

double largest(const BarChart& chart) {
    double out = 0;
    for (const auto& bar : chart.bars) out = std::max({out, whole(bar), bar.high});
    return out > 0 ? out : 1;
}

double lowest(const BarChart& chart) {
    double out = 0;
    for (const auto& bar : chart.bars) out = std::min({out, whole(bar), bar.low});
    return out;
}

std::string text(double x, double y, const char* css, const char* anchor, const std::string& what) {
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\" text-anchor=\"{}\">{}</text>\n", x, y, css, anchor,
                       escaped(what));
}

std::string line(double x1, double y1, double x2, double y2, const char* css) {
    return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1, y1, x2, y2,
                       css);
}

std::string rectangle(double x, double y, double width, double height, const std::string& css) {
    return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"{}\"/>\n", x, y,
                       width, height, css);
}

// Where values stand on the picture.
struct Scale {
    double lowest, largest, top, bottom;
    double x(double value) const { return kLeft + (value - lowest) / (largest - lowest) * (kWidth - kLeft - kRight); }
};

std::string axis(const BarChart& chart, const Scale& scale) {
    std::string out;
    const double step = axis_step(scale.largest - scale.lowest, kMostSteps);
    const int digits = step < 1 ? static_cast<int>(std::ceil(-std::log10(step))) : 0;
    for (int i = static_cast<int>(std::ceil(scale.lowest / step)); i * step <= scale.largest * (1 + 1e-9); i++) {
        out += line(scale.x(i * step), scale.top, scale.x(i * step), scale.bottom, "grid");
        out += text(scale.x(i * step), scale.bottom + 16, "quiet", "middle", fmt::format("{:.{}f}", i * step, digits));
    }
    return out + text(kLeft, scale.bottom + 34, "quiet", "start", chart.unit);
}

std::string bar_row(const BarChart& chart, const Bar& bar, double y, const Scale& scale) {
    std::string out = text(kLeft - 10, y + kBarHeight - 4, kPlain, "end", bar.label);
    double from = 0;
    for (std::size_t part = 0; part < bar.parts.size(); part++) {
        const double ends[] = {scale.x(from), scale.x(from + bar.parts[part])};
        out += rectangle(std::min(ends[0], ends[1]), y, std::abs(ends[1] - ends[0]), kBarHeight,
                         fmt::format("{}{}", bar.ours ? "ours" : "other", part % 2));
        from += bar.parts[part];
    }
    std::string value = fmt::format("{:.{}f}", from, chart.digits);
    if (bar.high > bar.low) {
        const double middle = y + kBarHeight / 2;
        out += line(scale.x(bar.low), middle, scale.x(bar.high), middle, "whisker");
        for (const double end : {bar.low, bar.high})
            out += line(scale.x(end), middle - 4, scale.x(end), middle + 4, "whisker");
        value += fmt::format(" [{:.{}f} {:.{}f}]", bar.low, chart.digits, bar.high, chart.digits);
    }
    return out + text(scale.x(std::max({0.0, from, bar.high})) + 8, y + kBarHeight - 4, "quiet", "start", value);
}

std::string legend(const BarChart& chart, double y) {
    std::string out;
    for (std::size_t i = 0; i < chart.legend.size(); i++) {
        const double x = kLeft + static_cast<double>(i) * kLegendStep;
        out += rectangle(x, y, 12, 12, fmt::format("ours{}", i % 2));
        out += rectangle(x + 14, y, 12, 12, fmt::format("other{}", i % 2));
        out += text(x + 32, y + 11, "quiet", "start", chart.legend[i]);
    }
    return out;
}

}  // namespace

double axis_step(double largest, int most) {
    double power = std::pow(10, std::floor(std::log10(largest / most)));
    for (const double factor : {1.0, 2.0, 5.0, 10.0})
        if (largest / (power * factor) <= most) return power * factor;
    return power * 10;
}

std::string svg(const BarChart& chart) {
    const bool parted = chart.legend.size() > 1;
    const double top = kTop + (parted ? kLegendHeight : 0);
    const double bottom = top + kRow * static_cast<double>(chart.bars.size());
    const Scale scale{lowest(chart), largest(chart), top, bottom};
    std::string out = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} "
        "{1:.0f}\" "
        "role=\"img\">\n<title>{2}</title>\n<desc>{3}</desc>\n",
        kWidth, bottom + kBottom, escaped(chart.title), escaped(chart.subtitle));
    out += kStyle + rectangle(0, 0, kWidth, bottom + kBottom, "back");
    out += text(16, 26, "title", "start", chart.title) + text(16, 46, "quiet", "start", chart.subtitle) +
           text(16, 62, "quiet", "start", chart.detail);
    if (parted) out += legend(chart, kTop - 6);
    out += axis(chart, scale);
    double y = top + (kRow - kBarHeight) / 2;
    for (const auto& bar : chart.bars) {
        out += bar_row(chart, bar, y, scale);
        y += kRow;
    }
    return out + "</svg>\n";
}

}  // namespace xdpsift::charts
