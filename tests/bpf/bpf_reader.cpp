// SPDX-License-Identifier: BSD-2-Clause
#include "bpf/bpf_reader.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace xdpsift::bpf {

namespace {

[[noreturn]] void give_up(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

}  // namespace

BpfReader::BpfReader(int rings_map_fd, std::uint32_t cpu, std::size_t pages)
    : page_bytes_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))), ring_bytes_(pages * page_bytes_) {
    fd_.reset(bpf_map_create(BPF_MAP_TYPE_RINGBUF, "test", 0, 0, static_cast<__u32>(ring_bytes_), nullptr));
    if (!fd_) give_up("a BPF ring");
    void* consumer = ::mmap(nullptr, page_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
    void* producer = ::mmap(nullptr, page_bytes_ + 2 * ring_bytes_, PROT_READ, MAP_SHARED, fd_.get(),
                            static_cast<off_t>(page_bytes_));
    if (consumer == MAP_FAILED || producer == MAP_FAILED) give_up("mmap of a BPF ring");
    consumer_ = static_cast<std::uint8_t*>(consumer);
    producer_ = static_cast<const std::uint8_t*>(producer);
    const int fd = fd_.get();
    if (bpf_map_update_elem(rings_map_fd, &cpu, &fd, BPF_ANY) != 0) give_up("the map of rings");
}

BpfReader::~BpfReader() {
    ::munmap(consumer_, page_bytes_);
    ::munmap(const_cast<std::uint8_t*>(producer_), page_bytes_ + 2 * ring_bytes_);
}

std::vector<RingRecord> BpfReader::read_all() {
    auto* const consumed = reinterpret_cast<std::uint64_t*>(consumer_);
    const std::uint64_t head = __atomic_load_n(reinterpret_cast<const std::uint64_t*>(producer_), __ATOMIC_ACQUIRE);
    const std::uint8_t* const ring = producer_ + page_bytes_;
    std::vector<RingRecord> records;
    std::uint64_t tail = *consumed;
    while (tail < head) {
        const std::uint8_t* const at = ring + tail % ring_bytes_;
        std::uint32_t word = 0;
        std::memcpy(&word, at, sizeof(word));
        if ((word & BPF_RINGBUF_BUSY_BIT) != 0) {
            ADD_FAILURE() << "a record that nobody has finished";
            break;
        }
        const std::size_t length = word & ~BPF_RINGBUF_DISCARD_BIT;
        if (word != length)
            ADD_FAILURE() << "a record that was begun in vain";
        else
            records.push_back(decode_record({at + BPF_RINGBUF_HDR_SZ, length}));
        tail += (BPF_RINGBUF_HDR_SZ + length + 7) / 8 * 8;
    }
    __atomic_store_n(consumed, tail, __ATOMIC_RELEASE);
    return records;
}

}  // namespace xdpsift::bpf
