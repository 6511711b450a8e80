// SPDX-License-Identifier: BSD-2-Clause
#include "order/merge.h"

#include <limits>

namespace xdpsift::order {

// Looks at every source; afterwards records leave current_ without a look at the others while they are the oldest.
bool Merge::choose() {
    current_ = nullptr;
    until_ns_ = std::numeric_limits<std::uint64_t>::max();
    complete_ = true;
    pressed_ = false;
    std::uint64_t oldest_ns = std::numeric_limits<std::uint64_t>::max();
    for (RecordSource* source : sources_) {
        const Record* record = source->peek();
        if (record == nullptr) {
            complete_ = false;
            continue;
        }
        pressed_ = pressed_ || source->pressed();
        if (current_ == nullptr || record->time_ns < oldest_ns) {
            if (current_ != nullptr) until_ns_ = oldest_ns;
            current_ = source;
            oldest_ns = record->time_ns;
        } else if (record->time_ns < until_ns_) {
            until_ns_ = record->time_ns;
        }
    }
    return current_ != nullptr;
}

Record* Merge::next(std::uint64_t horizon_ns) {
    Record* record = current_ != nullptr ? current_->peek() : nullptr;
    if (record == nullptr || record->time_ns > until_ns_) {
        if (!choose()) return nullptr;
        record = current_->peek();
    }
    if (record->time_ns > horizon_ns && !complete_ && !pressed_) {
        // The others may have got records by the next time.
        current_ = nullptr;
        return nullptr;
    }
    if (record->time_ns < last_ns_) {
        record->time_ns = last_ns_;
        late_++;
    }
    last_ns_ = record->time_ns;
    return record;
}

void Merge::pop() { current_->pop(); }

}  // namespace xdpsift::order
