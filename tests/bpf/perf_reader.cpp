// SPDX-License-Identifier: BSD-2-Clause
#include "bpf/perf_reader.h"

#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace xdpsift::bpf {

namespace {

[[noreturn]] void give_up(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

RingRecord decode(const harness::Bytes& sample) {
    std::uint32_t raw_size = 0;
    std::memcpy(&raw_size, sample.data(), sizeof(raw_size));
    EXPECT_EQ(raw_size + sizeof(raw_size), sample.size());
    return decode_record(std::span(sample).subspan(sizeof(raw_size)));
}

}  // namespace

PerfReader::PerfReader(int events_map_fd, std::uint32_t cpu, std::size_t pages) {
    perf_event_attr attributes{};
    attributes.size = sizeof(attributes);
    attributes.type = PERF_TYPE_SOFTWARE;
    attributes.config = PERF_COUNT_SW_BPF_OUTPUT;
    attributes.sample_type = PERF_SAMPLE_RAW;
    attributes.sample_period = 1;
    attributes.wakeup_events = 1U << 30;  // never: the test reads when it is done
    fd_.reset(static_cast<int>(
        ::syscall(SYS_perf_event_open, &attributes, -1, static_cast<int>(cpu), -1, PERF_FLAG_FD_CLOEXEC)));
    if (!fd_) give_up("perf_event_open");
    page_bytes_ = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    ring_bytes_ = pages * page_bytes_;
    void* mapped = ::mmap(nullptr, page_bytes_ + ring_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
    if (mapped == MAP_FAILED) give_up("mmap of a perf ring");
    pages_ = static_cast<std::uint8_t*>(mapped);
    const int fd = fd_.get();
    if (bpf_map_update_elem(events_map_fd, &cpu, &fd, BPF_ANY) != 0) give_up("events map");
    if (::ioctl(fd, PERF_EVENT_IOC_ENABLE, 0) != 0) give_up("PERF_EVENT_IOC_ENABLE");
}

PerfReader::~PerfReader() { ::munmap(pages_, page_bytes_ + ring_bytes_); }

std::vector<RingRecord> PerfReader::read_all() {
    auto* const control = reinterpret_cast<perf_event_mmap_page*>(pages_);
    const std::uint8_t* const ring = pages_ + page_bytes_;
    const std::uint64_t head = __atomic_load_n(&control->data_head, __ATOMIC_ACQUIRE);
    std::uint64_t tail = control->data_tail;
    const auto copy = [&](std::uint64_t from, std::size_t size) {
        harness::Bytes out(size);
        for (std::size_t i = 0; i < size; ++i) out[i] = ring[(from + i) % ring_bytes_];
        return out;
    };
    std::vector<RingRecord> records;
    while (tail < head) {
        perf_event_header header;
        std::memcpy(&header, copy(tail, sizeof(header)).data(), sizeof(header));
        const harness::Bytes body = copy(tail + sizeof(header), header.size - sizeof(header));
        if (header.type == PERF_RECORD_SAMPLE) {
            records.push_back(decode(body));
        } else if (header.type == PERF_RECORD_LOST) {
            std::uint64_t lost = 0;  // behind the event's id
            std::memcpy(&lost, body.data() + sizeof(std::uint64_t), sizeof(lost));
            lost_ += lost;
        }
        tail += header.size;
    }
    __atomic_store_n(&control->data_tail, tail, __ATOMIC_RELEASE);
    return records;
}

}  // namespace xdpsift::bpf
