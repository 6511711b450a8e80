// SPDX-License-Identifier: BSD-2-Clause
#include "capture_reader.h"

#include <cstring>
#include <stdexcept>

namespace xdpsift::test {
namespace {

void require(bool condition, const char* what) {
    if (!condition) throw std::runtime_error(what);
}

// Reads front to back and refuses to run past the end.
class Cursor {
   public:
    explicit Cursor(std::span<const std::byte> bytes) : bytes_(bytes) {}
    bool at_end() const { return bytes_.empty(); }
    std::size_t left() const { return bytes_.size(); }
    std::span<const std::byte> take(std::size_t count) {
        require(count <= bytes_.size(), "it ends too early");
        const auto taken = bytes_.first(count);
        bytes_ = bytes_.subspan(count);
        return taken;
    }
    Bytes text(std::size_t count) {
        const auto taken = take(count);
        return Bytes(reinterpret_cast<const char*>(taken.data()), taken.size());
    }
    template <typename T>
    T value() {
        T result;
        std::memcpy(&result, take(sizeof(T)).data(), sizeof(T));
        return result;
    }
    std::uint64_t time() {
        const std::uint64_t upper = value<std::uint32_t>();
        return upper << 32 | value<std::uint32_t>();
    }
    void padding(std::size_t length) {
        for (; length % 4 != 0; ++length) require(value<std::uint8_t>() == 0, "padding is not zero");
    }

   private:
    std::span<const std::byte> bytes_;
};

Options read_options(Cursor& body) {
    Options options;
    while (!body.at_end()) {
        const auto code = body.value<std::uint16_t>();
        const auto length = body.value<std::uint16_t>();
        if (code == 0) {
            require(length == 0 && body.at_end(), "opt_endofopt is not the end");
            return options;
        }
        require(options.emplace(code, body.text(length)).second, "an option stands twice");
        body.padding(length);
    }
    require(false, "opt_endofopt is missing");
    return options;
}

void read_section(Cursor body, ReadCapture& capture) {
    require(body.value<std::uint32_t>() == 0x1a2b3c4d, "byte order");
    require(body.value<std::uint16_t>() == 1 && body.value<std::uint16_t>() == 0, "version");
    require(body.value<std::int64_t>() == -1, "section length");
    capture.section = read_options(body);
}

void read_interface(Cursor body, ReadCapture& capture) {
    ReadInterface interface;
    interface.link_type = body.value<std::uint16_t>();
    require(body.value<std::uint16_t>() == 0, "reserved bytes of an interface");
    interface.snaplen = body.value<std::uint32_t>();
    interface.options = read_options(body);
    capture.interfaces.push_back(interface);
}

void read_packet(Cursor body, ReadCapture& capture) {
    ReadPacket packet;
    packet.interface_id = body.value<std::uint32_t>();
    require(packet.interface_id < capture.interfaces.size(), "a packet of an unknown interface");
    packet.time_ns = body.time();
    const auto length = body.value<std::uint32_t>();
    packet.original_length = body.value<std::uint32_t>();
    require(length <= packet.original_length, "more kept than there was");
    require(length <= capture.interfaces[packet.interface_id].snaplen, "more kept than the snaplen");
    packet.data = body.text(length);
    body.padding(length);
    packet.options = read_options(body);
    capture.packets.push_back(std::move(packet));
}

void read_statistics(Cursor body, ReadCapture& capture) {
    ReadStatistics statistics;
    statistics.interface_id = body.value<std::uint32_t>();
    require(statistics.interface_id < capture.interfaces.size(), "statistics of an unknown interface");
    statistics.time_ns = body.time();
    statistics.options = read_options(body);
    capture.statistics.push_back(std::move(statistics));
}

void read_block(Cursor& file, ReadCapture& capture, bool first) {
    const auto type = file.value<std::uint32_t>();
    const auto length = file.value<std::uint32_t>();
    require(length % 4 == 0 && length >= 12, "a block's length");
    require(first == (type == 0x0a0d0d0a), "the section header is not first");
    const Cursor body(file.take(length - 12));
    require(file.value<std::uint32_t>() == length, "a block's lengths differ");
    switch (type) {
        case 0x0a0d0d0a: return read_section(body, capture);
        case 1: return read_interface(body, capture);
        case 5: return read_statistics(body, capture);
        case 6: return read_packet(body, capture);
        default: require(false, "an unknown block");
    }
}

}  // namespace

ReadCapture read_pcapng(std::span<const std::byte> bytes) {
    ReadCapture capture;
    try {
        Cursor file(bytes);
        read_block(file, capture, true);
        while (!file.at_end()) read_block(file, capture, false);
    } catch (const std::runtime_error& error) {
        capture.error = error.what();
    }
    return capture;
}

ReadCapture read_pcap(std::span<const std::byte> bytes) {
    ReadCapture capture;
    try {
        Cursor file(bytes);
        require(file.value<std::uint32_t>() == 0xa1b23c4d, "magic");
        require(file.value<std::uint16_t>() == 2 && file.value<std::uint16_t>() == 4, "version");
        require(file.value<std::uint64_t>() == 0, "time zone and accuracy");
        capture.snaplen = file.value<std::uint32_t>();
        require(file.value<std::uint32_t>() == 1, "link type");
        while (!file.at_end()) {
            ReadPacket packet;
            const std::uint64_t seconds = file.value<std::uint32_t>();
            const auto nanoseconds = file.value<std::uint32_t>();
            require(nanoseconds < 1'000'000'000, "nanoseconds");
            packet.time_ns = seconds * 1'000'000'000 + nanoseconds;
            const auto length = file.value<std::uint32_t>();
            packet.original_length = file.value<std::uint32_t>();
            require(length <= packet.original_length && length <= capture.snaplen, "captured length");
            packet.data = file.text(length);
            capture.packets.push_back(std::move(packet));
        }
    } catch (const std::runtime_error& error) {
        capture.error = error.what();
    }
    return capture;
}

std::uint64_t number(const Bytes& value) {
    std::uint64_t result = 0;
    std::uint32_t word = 0;
    if (value.size() == sizeof(result)) {
        std::memcpy(&result, value.data(), sizeof(result));
    } else if (value.size() == sizeof(word)) {
        std::memcpy(&word, value.data(), sizeof(word));
        result = word;
    } else {
        throw std::runtime_error("an option's value is no number");
    }
    return result;
}

std::uint64_t time_of(const Bytes& value) {
    if (value.size() != 8) throw std::runtime_error("an option's value is no time");
    return number(value.substr(0, 4)) << 32 | number(value.substr(4));
}

}  // namespace xdpsift::test
