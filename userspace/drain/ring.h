// SPDX-License-Identifier: BSD-2-Clause
// One CPU's ring, of whichever kind, as the rest of the pipeline knows it.
#pragma once

#include <cstdint>

#include "xdpsift/record.h"

namespace xdpsift::drain {

// The kernel writes it, one thread reads it.
class Ring : public RecordSource {
   public:
    // Becomes readable once many bytes are waiting: the kernel wakes nobody for a single record. To be waited for by
    // edge, since one kind is readable as long as anything stands in it.
    virtual int fd() const = 0;
    // Looks at how far the kernel has written; peek() shows no record beyond.
    virtual void refresh() = 0;
    // Gives the space of the records taken so far back to the kernel.
    virtual void release() = 0;

    // What the kernel itself announced as lost, where it does.
    virtual std::uint64_t lost_announced() const = 0;
    // Records that are not ours to read; none unless the ring is damaged.
    virtual std::uint64_t undecodable() const = 0;
};

}  // namespace xdpsift::drain
