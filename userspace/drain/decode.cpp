// SPDX-License-Identifier: BSD-2-Clause
#include "drain/decode.h"

#include <cstring>

#include "xdpsift/event.h"

namespace xdpsift::drain {

bool decode_sample(std::span<const std::byte> sample, Record& record) {
    xs_event event;
    if (sample.size() < sizeof(event)) return false;
    std::memcpy(&event, sample.data(), sizeof(event));
    if (event.version != XS_CONTRACT_VERSION || event.cap_len > event.frame_len ||
        event.cap_len > sample.size() - sizeof(event))
        return false;
    record.time_ns = event.time_ns;
    record.packet_id = event.packet_id;
    record.dropped_before = 0;
    record.frame_len = event.frame_len;
    record.interface_id = event.interface_id;
    record.queue = event.queue;
    record.data = sample.subspan(sizeof(event), event.cap_len);
    return true;
}

}  // namespace xdpsift::drain
