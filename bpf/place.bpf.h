/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef XDPSIFT_PLACE_BPF_H
#define XDPSIFT_PLACE_BPF_H

#include "xdpsift/event.h"

/*
 * All that stands in a function that keeps a place for code of the loader's (XS_PLACE_..., event.h). It is never run:
 * what it returns is the place's number. The assembly keeps the compiler from knowing what comes of the arguments.
 */
#define PLACE(result, number, ...) asm volatile("%0 = %1" : "=r"(result) : "i"(number), __VA_ARGS__)

#endif
