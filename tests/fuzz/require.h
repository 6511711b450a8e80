// SPDX-License-Identifier: BSD-2-Clause
// What must hold whatever the input: a fuzzer ends where it does not, and keeps the input.
#pragma once

#include <cstdio>
#include <cstdlib>

#define XS_REQUIRE(condition)                                                                   \
    do {                                                                                        \
        if (!(condition)) {                                                                     \
            std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            std::abort();                                                                       \
        }                                                                                       \
    } while (false)
