// SPDX-License-Identifier: BSD-2-Clause
// Frames for tests, written as the layers stand:
//
//     (Ethernet() / Vlan(100) / Ipv4("192.0.2.1", "198.51.100.2").options(8) / Udp(1234, 53) / payload(32)).build()
//
// build() fills in lengths, checksums and the numbers by which a layer names the next one, unless a setter has
// set them: what is set by hand stays, so that headers can contradict themselves. Addresses that are left out
// are those reserved for documentation (RFC 5737, RFC 3849).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace xdpsift::harness {

using Bytes = std::vector<std::uint8_t>;

// Where a layer stands in the frame.
struct LayerSpan {
    std::string name;
    std::size_t offset = 0;
    std::size_t size = 0;
    bool operator==(const LayerSpan&) const = default;
};

// What build() must know of a header. A position is counted from the header's start; kNone: nothing to fill in.
inline constexpr int kNone = -1;
enum class NumberSpace { none, ethertype, protocol };
enum class LengthRule { none, from_header, after_header };
enum class ChecksumRule { none, header_only, plain, pseudo_header, crc32c };
struct HeaderFormat {
    const char* name = "payload";
    int ethertype = kNone;  // how Ethernet, VLAN and GRE name this header
    int protocol = kNone;   // how IP names it
    NumberSpace next_space = NumberSpace::none;
    int next_at = kNone;
    int next_default = 0;  // names what has no number in that space
    LengthRule length_rule = LengthRule::none;
    int length_at = kNone;
    ChecksumRule checksum_rule = ChecksumRule::none;
    int checksum_at = kNone;
};

class Header {
   public:
    const HeaderFormat& format() const { return format_; }
    const Bytes& bytes() const { return bytes_; }

   protected:
    explicit Header(const HeaderFormat& format, std::size_t size = 0) : format_(format), bytes_(size) {}
    void put8(std::size_t at, unsigned value);
    void put16(std::size_t at, unsigned value);
    void put32(std::size_t at, std::uint32_t value);
    void put_address4(std::size_t at, const std::string& address);
    void put_address6(std::size_t at, const std::string& address);
    // Values set by hand: build() leaves them alone.
    void fix_next(unsigned value);
    void fix_length(unsigned value);
    void fix_checksum(unsigned value);

    HeaderFormat format_;
    Bytes bytes_;
};

// A row of headers, outermost first.
class Packet {
   public:
    Packet(const Header& header) : layers_{header} {}  // NOLINT(google-explicit-constructor): the head of a chain
    Packet& append(const Header& header);
    Bytes build() const;
    std::vector<LayerSpan> layers() const;
    std::size_t size() const;

   private:
    std::vector<Header> layers_;
};
inline Packet operator/(Packet left, const Header& right) { return left.append(right); }

struct Payload : Header {
    explicit Payload(Bytes content);
};
// `size` bytes, each one more than the last.
Payload payload(std::size_t size, std::uint8_t first = 0);
// These bytes as they are.
Payload raw(Bytes content);

struct Ethernet : Header {
    Ethernet();
    Ethernet& ethertype(unsigned value) { return fix_next(value), *this; }
};

struct Vlan : Header {
    explicit Vlan(unsigned id);
    Vlan& priority(unsigned value);
    // How the layer before names this tag: 0x8100 (default), 0x88a8, 0x9100.
    Vlan& tpid(int value) { return format_.ethertype = value, *this; }
    Vlan& ethertype(unsigned value) { return fix_next(value), *this; }
};

struct Arp : Header {
    explicit Arp(const std::string& sender = "192.0.2.1", const std::string& target = "198.51.100.2");
};

struct Ipv4 : Header {
    explicit Ipv4(const std::string& src = "192.0.2.1", const std::string& dst = "198.51.100.2");
    Ipv4& options(std::size_t bytes);  // no-operation options; sets ihl
    Ipv4& version(unsigned value);
    Ipv4& ihl(unsigned value);
    Ipv4& total_length(unsigned value) { return fix_length(value), *this; }
    Ipv4& fragment(unsigned offset_bytes, bool more, unsigned id = 1);
    Ipv4& dont_fragment();
    Ipv4& protocol(unsigned value) { return fix_next(value), *this; }
    Ipv4& checksum(unsigned value) { return fix_checksum(value), *this; }
};

struct Ipv6 : Header {
    explicit Ipv6(const std::string& src = "2001:db8::1", const std::string& dst = "2001:db8::2");
    Ipv6& version(unsigned value);
    Ipv6& payload_length(unsigned value) { return fix_length(value), *this; }
    Ipv6& next_header(unsigned value) { return fix_next(value), *this; }
};

// An extension header whose length counts 8 bytes beyond the first 8; `size` is a multiple of 8.
struct Extension : Header {
    Extension(const char* name, int protocol, std::size_t size);
    Extension& length_field(unsigned value) { return put8(1, value), *this; }
    Extension& next_header(unsigned value) { return fix_next(value), *this; }
};
struct HopByHop : Extension {
    explicit HopByHop(std::size_t size = 8);
};
struct DestinationOptions : Extension {
    explicit DestinationOptions(std::size_t size = 8);
};
struct Routing : Extension {
    explicit Routing(std::size_t size = 24) : Extension("routing", 43, size) {}
};
struct Mobility : Extension {
    explicit Mobility(std::size_t size = 8) : Extension("mobility", 135, size) {}
};
struct Hip : Extension {
    explicit Hip(std::size_t size = 40) : Extension("hip", 139, size) {}
};
struct Shim6 : Extension {
    explicit Shim6(std::size_t size = 8) : Extension("shim6", 140, size) {}
};

struct Authentication : Header {
    explicit Authentication(std::size_t icv_bytes = 12);
    Authentication& length_field(unsigned value) { return put8(1, value), *this; }
    Authentication& next_header(unsigned value) { return fix_next(value), *this; }
};

struct Fragment : Header {
    explicit Fragment(unsigned offset_bytes = 0, bool more = false, std::uint32_t id = 1);
    Fragment& reserved(unsigned value) { return put8(1, value), *this; }  // stands where others have a length
    Fragment& next_header(unsigned value) { return fix_next(value), *this; }
};

struct Tcp : Header {
    Tcp(unsigned sport, unsigned dport);
    Tcp& options(std::size_t bytes);
    Tcp& flags(unsigned value) { return put8(13, value), *this; }
    Tcp& checksum(unsigned value) { return fix_checksum(value), *this; }
};

struct Udp : Header {
    Udp(unsigned sport, unsigned dport);
    Udp& length(unsigned value) { return fix_length(value), *this; }
    Udp& checksum(unsigned value) { return fix_checksum(value), *this; }
};

struct UdpLite : Header {
    UdpLite(unsigned sport, unsigned dport);
    UdpLite& checksum(unsigned value) { return fix_checksum(value), *this; }
};

struct Dccp : Header {
    Dccp(unsigned sport, unsigned dport);
};

struct Sctp : Header {
    Sctp(unsigned sport, unsigned dport);
};

struct Icmp : Header {
    explicit Icmp(unsigned type = 8, unsigned code = 0, unsigned id = 1, unsigned sequence = 1);
};

struct Icmpv6 : Header {
    explicit Icmpv6(unsigned type = 128, unsigned code = 0, unsigned id = 1, unsigned sequence = 1);
};

struct Gre : Header {
    Gre();
    Gre& ethertype(unsigned value) { return fix_next(value), *this; }
};

struct Esp : Header {
    explicit Esp(std::uint32_t spi = 0x1000, std::uint32_t sequence = 1);
};

}  // namespace xdpsift::harness
