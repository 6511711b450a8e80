// SPDX-License-Identifier: BSD-2-Clause
// pcap-filter expressions on real traffic, with a tcpdump on the same interface as the judge; where they stand written
// down; and those that are refused.
#include <signal.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "e2e/capture_fixture.h"

namespace xdpsift::e2e {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::Not;

constexpr unsigned kGreatestMtu = 65535;

// Of a frame by which the judge's end is told.
constexpr std::array<std::uint8_t, 6> kMarkMac = {0x02, 0x6d, 0x61, 0x72, 0x6b, 0x77};

Bytes mark() {
    Bytes frame(60);
    std::copy(kMarkMac.begin(), kMarkMac.end(), frame.begin());
    frame[12] = 0x88;
    frame[13] = 0xb6;
    return frame;
}

// Writes down what enters the receiver's end, tags put back into the frames, and chooses from that with an expression.
// On the live interface it would see the tags beside the frames. Listening from its making on.
class Tcpdump {
   public:
    explicit Tcpdump(const VethPair& veth)
        : process_({.argv = {"tcpdump", "-i", kReceiverInterface, "-Q", "in", "-U", "--immediate-mode", "-B", "65536",
                             "--time-stamp-precision=nano", "-w", "-"},
                    .netns_fd = veth.receiver().fd()}) {
        const auto listening = [this] { return process_.err().find("listening on") != std::string::npos; };
        if (!wait_until([&] { return listening() || process_.ended(); }) || !listening())
            throw HarnessError("tcpdump does not listen; it said: " + process_.err());
    }

    // Of all frames up to now.
    std::vector<Bytes> chosen(Traffic& traffic, const std::string& expression) {
        traffic.send(mark());
        const std::string end(kMarkMac.begin(), kMarkMac.end());
        if (!wait_until([&] { return process_.out().find(end) != std::string::npos; }))
            throw HarnessError("tcpdump does not see the mark; it said: " + process_.err());
        process_.signal(SIGINT);
        if (!process_.wait_for(kPatience)) throw HarnessError("tcpdump does not end");
        const auto file = folder_.path() / "all.pcap";
        std::ofstream(file, std::ios::binary) << process_.out();
        const Outcome choice =
            run({.argv = {"tcpdump", "-r", file, "--time-stamp-precision=nano", "-w", "-", "--", expression}});
        if (choice.exit_status != 0) throw HarnessError("tcpdump refuses: " + choice.err);
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(choice.out.data());
        std::vector<Bytes> frames;
        for (const auto& packet : parse_nanosecond_pcap({bytes, choice.out.size()})) frames.push_back(packet.data);
        return frames;
    }

   private:
    ScratchFolder folder_;
    Process process_;
};

std::vector<Bytes> data_of(const std::vector<PcapngPacket>& packets) {
    std::vector<Bytes> out;
    for (const PcapngPacket& packet : packets) out.push_back(packet.data);
    return out;
}

std::string filter_of(const PcapngFile& file) {
    const Bytes& filter = file.interfaces.at(0).options.bytes(kIfFilter);
    return {filter.begin() + 1, filter.end()};  // behind code 0: a string
}

// An experimental EtherType, which no stack looks into.
Bytes frame_of(std::size_t size) {
    Bytes frame = {0x02, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0x88, 0xb5};
    frame.resize(size);
    return frame;
}

struct Kind {
    const char* name;
    Bytes frame;
};

// One frame of each kind, in this order.
const std::vector<Kind>& mix() {
    constexpr unsigned kSyn = 0x02;
    constexpr unsigned kAck = 0x10;
    static const std::vector<Kind> kinds = {
        {"syn", (Ethernet() / Ipv4("192.0.2.1", "192.0.2.2") / Tcp(4001, 80).flags(kSyn)).build()},
        {"syn10", (Ethernet() / Ipv4("10.1.2.3", "192.0.2.2") / Tcp(4001, 80).flags(kSyn)).build()},
        {"ack", (Ethernet() / Ipv4("192.0.2.1", "192.0.2.2") / Tcp(4001, 80).flags(kAck) / payload(20)).build()},
        {"synoptions", (Ethernet() / Ipv4("192.0.2.1", "192.0.2.2").options(12) / Tcp(4001, 80).flags(kSyn)).build()},
        {"dns4", (Ethernet() / Ipv4("192.0.2.1", "192.0.2.2") / Udp(4000, 53) / payload(20)).build()},
        {"answer4", (Ethernet() / Ipv4("198.51.100.7", "192.0.2.2") / Udp(53, 6000) / payload(90)).build()},
        {"dns6", (Ethernet() / Ipv6("2001:db8::1", "2001:db8::2") / Udp(4000, 53) / payload(20)).build()},
        {"hopbyhop", (Ethernet() / Ipv6("2001:db8::1", "2001:db8::2") / HopByHop() / Udp(4000, 53)).build()},
        {"ping4", (Ethernet() / Ipv4("192.0.2.1", "192.0.2.2") / Icmp() / payload(20)).build()},
        {"vlan100", (Ethernet() / Vlan(100) / Ipv4("192.0.2.1", "192.0.2.2") / Udp(4000, 53) / payload(20)).build()},
        {"qinq", (Ethernet() / Vlan(200) / Vlan(100) / Ipv4("192.0.2.1", "192.0.2.2") / Udp(4000, 53)).build()},
        {"arp", (Ethernet() / Arp("192.0.2.1", "192.0.2.2")).build()},
        {"fragment4", (Ethernet() / Ipv4("192.0.2.1", "192.0.2.2").fragment(1480, false).protocol(17) /
                       raw({0x0f, 0xa0, 0x00, 0x35, 0x00, 0x10, 0x00, 0x00, 1, 2, 3, 4, 5, 6, 7, 8}))
                          .build()},
    };
    return kinds;
}

struct ExpressionCase {
    const char* name;
    std::vector<std::string> args;
    std::string judged;              // what tcpdump is asked for
    std::vector<std::string> kinds;  // that match
    std::string shown;               // as the summary and the file have it
};

class ExpressionTest : public CaptureTest, public testing::WithParamInterface<ExpressionCase> {};

TEST_P(ExpressionTest, LetsThroughWhatTcpdumpDoes) {
    const auto& wanted = GetParam();
    veth();
    std::ofstream(place("expression")) << "ip proto 17\n\t or icmp\n";
    auto args = wanted.args;
    std::replace(args.begin(), args.end(), std::string("FILE"), place("expression").string());
    std::optional<Tcpdump> tcpdump;
    if (judge_present("tcpdump")) tcpdump.emplace(veth());
    Running running = start({.args = args});
    Traffic traffic(veth());
    for (const Kind& kind : mix()) traffic.send(kind.frame);
    std::optional<std::vector<Bytes>> judged;
    if (tcpdump) judged = tcpdump->chosen(traffic, wanted.judged);
    traffic.settle();
    const Ended ended = interrupt(running);

    std::vector<std::string> found;
    for (const auto number : numbers(ended.file.packets)) found.emplace_back(mix().at(number).name);
    EXPECT_THAT(found, ElementsAreArray(wanted.kinds));
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
    if (judged) {
        EXPECT_EQ(data_of(ended.file.packets), *judged) << "tcpdump takes others";
    }
    EXPECT_EQ(ended.total("seen"), traffic.count());
    EXPECT_EQ(ended.total("matched"), wanted.kinds.size());
    EXPECT_EQ(ended.summary["filter"], wanted.shown);
    EXPECT_EQ(filter_of(ended.file), wanted.shown);
    EXPECT_THAT(ended.err, HasSubstr(wanted.shown));
}

INSTANTIATE_TEST_SUITE_P(
    Given, ExpressionTest,
    testing::Values(
        ExpressionCase{"AsOneWord",
                       {"tcp[tcpflags] & tcp-syn != 0 and not net 10.0.0.0/8"},
                       "tcp[tcpflags] & tcp-syn != 0 and not net 10.0.0.0/8",
                       {"syn", "synoptions"},
                       "tcp[tcpflags] & tcp-syn != 0 and not net 10.0.0.0/8"},
        ExpressionCase{"AsWords", {"udp", "port", "53"}, "udp port 53", {"dns4", "answer4", "dns6"}, "udp port 53"},
        ExpressionCase{"BehindTwoDashes",
                       {"--", "-1 + ip[9]", "=", "16"},
                       "-1 + ip[9] = 16",
                       {"dns4", "answer4", "fragment4"},
                       "-1 + ip[9] = 16"},
        ExpressionCase{"InAFile",
                       {"-F", "FILE"},
                       "ip proto 17 or icmp",
                       {"dns4", "answer4", "ping4", "fragment4"},
                       "ip proto 17   or icmp"},
        ExpressionCase{"WithOneTag", {"vlan", "and", "udp"}, "vlan and udp", {"vlan100"}, "vlan and udp"},
        ExpressionCase{"WithTwoTags",
                       {"vlan 200 and vlan 100 and udp"},
                       "vlan 200 and vlan 100 and udp",
                       {"qinq"},
                       "vlan 200 and vlan 100 and udp"},
        ExpressionCase{"ThroughExtensionHeaders",
                       {"ip6 protochain 17"},
                       "ip6 protochain 17",
                       {"dns6", "hopbyhop"},
                       "ip6 protochain 17"},
        ExpressionCase{"ByLength", {"ip and greater 100"}, "ip and greater 100", {"answer4"}, "ip and greater 100"},
        // Options look behind tags, the expression does not unless it is told to.
        ExpressionCase{"WithOptions",
                       {"--port", "53", "ip", "and not host 198.51.100.7"},
                       "port 53 and ip and not host 198.51.100.7",
                       {"dns4"},
                       "port 53 and (ip and not host 198.51.100.7)"},
        ExpressionCase{"WithOptionsBehindATag",
                       {"--dst", "192.0.2.2", "--vlan", "100", "vlan and udp port 53"},
                       "vlan 100 and udp port 53 and dst host 192.0.2.2",
                       {"vlan100"},
                       "dst 192.0.2.2 and vlan 100 and (vlan and udp port 53)"}),
    [](const auto& instance) { return std::string(instance.param.name); });

using ExpressionOnTheWireTest = CaptureTest;

TEST_F(ExpressionOnTheWireTest, TakesConnectionsAndPingsByteForByte) {
    veth();
    const std::string expression = "tcp[tcpflags] & tcp-syn != 0 or icmp[icmptype] = icmp-echo";
    std::optional<Tcpdump> tcpdump;
    if (judge_present("tcpdump")) tcpdump.emplace(veth());
    Running running = start({.args = {expression}});
    for (std::uint16_t port = 5000; port < 5005; ++port) exchange_tcp(veth(), Family::ipv4, port, 3);
    UdpFlow udp(veth(), Family::ipv4, 5005);
    udp.send("a datagram");
    udp.receive();
    ping(veth(), Family::ipv4, 5);
    Traffic traffic(veth());
    std::optional<std::vector<Bytes>> judged;
    if (tcpdump) judged = tcpdump->chosen(traffic, expression);
    const Ended ended = interrupt(running);
    EXPECT_EQ(ended.total("matched"), 10u);
    EXPECT_GT(ended.total("filtered_out"), 20u);
    if (judged) {
        EXPECT_EQ(data_of(ended.file.packets), *judged);
    }
}

// What the expression of BigFrameTest says of a frame.
bool takes(const Bytes& frame) {
    const auto is_z = [&frame](std::size_t at) { return at < frame.size() && frame[at] == 0x5a; };
    const std::size_t at = frame[14] * 256u + frame[15];
    return is_z(65534) || (is_z(40000) && is_z(40001) && is_z(40002) && is_z(40003)) || (at < 9000 && is_z(at));
}

// Frames in several fragments are those of a big MTU in native mode, since Linux 5.18; before, and in generic mode,
// they come in one piece.
class BigFrameTest : public CaptureTest, public testing::WithParamInterface<const char*> {};

TEST_P(BigFrameTest, IsLookedAtToItsLastByte) {
    veth({.mtu = kGreatestMtu});
    std::optional<Tcpdump> tcpdump;
    if (judge_present("tcpdump")) tcpdump.emplace(veth());
    const std::string expression =
        "ether proto 0x88b5 and ((len > 65534 and ether[65534] = 0x5a) or "
        "(len > 40003 and ether[40000:4] = 0x5a5a5a5a) or (ether[14:2] < 9000 and ether[ether[14:2]] = 0x5a))";
    Running running = start({.args = {"--mode", GetParam(), "-s", "64", expression}});
    Traffic traffic(veth());
    for (const std::size_t size : {64, 1514, 3500, 3600, 4096, 5000, 9014, 32768, 40004, 50001, 65534, 65535}) {
        for (const std::size_t at : {20u, 1500u, 3519u, 3520u, 4095u, 4096u, 4097u, 8999u, 9000u, 40000u, 65534u}) {
            Bytes frame = frame_of(size);
            frame[14] = static_cast<std::uint8_t>(at >> 8);
            frame[15] = static_cast<std::uint8_t>(at & 0xff);
            for (std::size_t i = at; i < std::min(at + 4, size); ++i) frame[i] = 0x5a;
            traffic.send(frame);
        }
    }
    std::vector<std::uint32_t> expected;
    for (std::uint32_t i = 0; i < traffic.count(); ++i)
        if (takes(traffic.sent()[i].bytes)) expected.push_back(i);
    std::optional<std::vector<Bytes>> judged;
    if (tcpdump) judged = tcpdump->chosen(traffic, expression);
    traffic.settle();
    const Ended ended = interrupt(running);
    EXPECT_THAT(numbers(ended.file.packets), ElementsAreArray(expected));
    EXPECT_GT(expected.size(), 30u);
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic, 64));
    EXPECT_EQ(ended.total("seen"), traffic.count());
    if (!judged) return;
    std::vector<std::uint32_t> chosen;
    for (const Bytes& frame : *judged) chosen.push_back(Traffic::number_of(frame));
    EXPECT_EQ(chosen, expected) << "tcpdump takes others";
}

INSTANTIATE_TEST_SUITE_P(Modes, BigFrameTest, testing::Values("auto", "generic"),
                         [](const auto& instance) { return std::string(instance.param); });

using VerdictTest = CaptureTest;

TEST_F(VerdictTest, OfOneThatNothingSatisfiesIsSaidAndKept) {
    veth();
    Running running = start({.args = {"ip and arp"}});
    Traffic traffic(veth());
    for (const Kind& kind : mix()) traffic.send(kind.frame);
    traffic.settle();
    const Ended ended = interrupt(running);
    EXPECT_THAT(ended.err, HasSubstr("note: no packet can satisfy this expression\n"));
    EXPECT_EQ(ended.total("filtered_out"), traffic.count());
    EXPECT_EQ(ended.file.packets.size(), 0u);
}

TEST_F(VerdictTest, OfOneThatEverythingSatisfiesIsSaidAndKept) {
    veth();
    Running running = start({.args = {"len >= 0"}});
    Traffic traffic(veth());
    for (const Kind& kind : mix()) traffic.send(kind.frame);
    traffic.settle();
    const Ended ended = interrupt(running);
    EXPECT_THAT(ended.err, HasSubstr("note: every packet satisfies this expression\n"));
    EXPECT_EQ(ended.file.packets.size(), traffic.count());
}

TEST_F(VerdictTest, OfAnEmptyFileIsThatOfNoFilter) {
    veth();
    Running running = start({.args = {"-F", file_with("empty", " \n")}});
    Traffic traffic(veth());
    traffic.send(udp_frame(), 5);
    traffic.settle();
    const Ended ended = interrupt(running);
    EXPECT_THAT(ended.err, HasSubstr("every packet"));
    EXPECT_EQ(ended.summary["filter"], "");
    EXPECT_FALSE(ended.file.interfaces.at(0).options.has(kIfFilter));
    EXPECT_EQ(ended.file.packets.size(), 5u);
}

TEST_F(VerdictTest, ComesWithoutANoteWhereItIsQuiet) {
    veth();
    Running running = start({.args = {"-q", "ip and arp"}});
    EXPECT_THAT(interrupt(running).err, testing::IsEmpty());
}

using WrittenExpressionTest = CaptureTest;

// The filter as Wireshark's tools read it, the command as a shell does.
TEST_F(WrittenExpressionTest, IsReadByOthersAsItWasGiven) {
    veth();
    Running running = start({.args = {"--proto", "udp", "udp[8] & 0x1", "!= 0 or\nnot (port 53)"}});
    const Ended ended = interrupt(running);
    const std::string expression = "udp[8] & 0x1 != 0 or not (port 53)";
    EXPECT_EQ(filter_of(ended.file), "proto udp and (" + expression + ")");
    const auto command = ended.file.section.text(kOptComment);
    const Outcome words = run({.argv = {"sh", "-c", "for word in " + command + "; do :; done; printf %s \"$word\""}});
    EXPECT_EQ(words.out, expression) << command;
    if (judge_present("capinfos")) {
        const Outcome told = run({.argv = {"capinfos", running.output.string()}});
        EXPECT_THAT(told.out, HasSubstr("proto udp and (" + expression + ")"));
    }
}

struct RefusedCase {
    const char* name;
    std::vector<std::string> args;
    std::vector<std::string> words;
};

class RefusedExpressionTest : public CaptureTest, public testing::WithParamInterface<RefusedCase> {};

TEST_P(RefusedExpressionTest, IsToldInWordsAndLeavesNothing) {
    veth();
    std::ofstream(place("good")) << "udp\n";
    std::ofstream(place("large")) << std::string((std::size_t{1} << 20) + 1, ' ');
    std::ofstream(place("nul"), std::ios::binary) << std::string("udp\0tcp", 7);
    auto args = GetParam().args;
    if (args.front() == "-F") args.at(1) = place(args.at(1)).string();
    const Ended ended = refused({.args = args}, 2, GetParam().words.front());
    for (const auto& word : GetParam().words) EXPECT_THAT(ended.err, HasSubstr(word));
    EXPECT_THAT(ended.err, testing::Not(testing::ContainsRegex("[\x01-\x09\x0b-\x1f\x7f]")));
    EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
}

INSTANTIATE_TEST_SUITE_P(
    Each, RefusedExpressionTest,
    testing::Values(RefusedCase{"Syntax",
                                {"udp", "and", "prt", "53"},
                                {"libpcap refuses 'udp and prt 53': ", "syntax error",
                                 "it takes 'udp', and stumbles over what follows: 'and prt 53'"}},
                    RefusedCase{"OpenParenthesis", {"(udp or tcp"}, {"a parenthesis is not closed"}},
                    RefusedCase{"UnknownHost",
                                {"host", "no-such-host.invalid"},
                                {"libpcap refuses 'host no-such-host.invalid': unknown host 'no-such-host.invalid'"}},
                    RefusedCase{"NotOfEthernet", {"ifname eth0"}, {"libpcap refuses 'ifname eth0': ifname"}},
                    RefusedCase{"OptionsBehindTwoDashes", {"--", "--proto", "udp"}, {"libpcap refuses '--proto udp'"}},
                    RefusedCase{"ControlCharacters",
                                {"udp \x1b[31m port\n53\x7f\xff"},
                                {"libpcap refuses 'udp \\x1b[31m port\\x0a53\\x7f\\xff'"}},
                    RefusedCase{"AbsentFile", {"-F", "absent"}, {"/absent: No such file or directory"}},
                    RefusedCase{"Folder", {"-F", "."}, {"Is a directory"}},
                    RefusedCase{"LargeFile", {"-F", "large"}, {"/large: larger than 1 MiB"}},
                    RefusedCase{"FileWithNul", {"-F", "nul"}, {"the expression holds a NUL character"}},
                    RefusedCase{"FileAndWords",
                                {"-F", "good", "tcp"},
                                {"-F names a file with an expression, and there is another one: \"tcp\""}},
                    RefusedCase{"TwoFiles", {"-F", "good", "-F", "good"}, {"-F is given 2 times"}}),
    [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace xdpsift::e2e
