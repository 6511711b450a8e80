// SPDX-License-Identifier: BSD-2-Clause
// Horizontal bars with intervals, as an SVG picture that needs nothing from outside and is readable by day and by
// night.
#pragma once

#include <string>
#include <vector>

namespace xdpsift::charts {

struct Bar {
    std::string label;
    std::vector<double> parts;  // drawn one behind the other, in the order of the chart's legend
    double low = 0, high = 0;   // of the whole; equal: no whisker; either may lie below 0
    bool ours = false;
};

struct BarChart {
    std::string title;
    std::string subtitle;
    std::string detail;  // a second line below the title
    std::string unit;
    std::vector<std::string> legend;  // what the parts are; with one entry or none, no legend is drawn
    std::vector<Bar> bars;            // from top to bottom
    int digits = 0;                   // behind the point
};

std::string svg(const BarChart& chart);

// A step of 1, 2 or 5 times a power of ten, of which at most `most` reach `largest`.
double axis_step(double largest, int most);

}  // namespace xdpsift::charts
