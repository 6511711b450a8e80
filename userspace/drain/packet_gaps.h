// SPDX-License-Identifier: BSD-2-Clause
// Finds losses in the ids of a ring's records.
#pragma once

#include <cstdint>
#include <vector>

#include "xdpsift/event.h"
#include "xdpsift/record.h"

namespace xdpsift::drain {

// The ids of one CPU and interface count its selected packets one by one: a gap is as wide as what was lost there.
class PacketGaps {
   public:
    // For each record of one CPU, in their order.
    void note(Record& record) {
        if (record.interface_id >= last_count_.size()) last_count_.resize(record.interface_id + 1);
        const std::uint64_t count = record.packet_id & XS_PACKET_ID_COUNT_MASK;
        std::uint64_t& last = last_count_[record.interface_id];
        record.dropped_before = count > last ? count - last - 1 : 0;
        last = count;
    }

   private:
    std::vector<std::uint64_t> last_count_;  // of each interface
};

}  // namespace xdpsift::drain
