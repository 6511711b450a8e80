// SPDX-License-Identifier: BSD-2-Clause
#include "cli/capture_options.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "command_line.h"

namespace xdpsift::cli {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;
using Words = std::vector<std::string>;

// What every capture needs, and `more`.
Words minimal(const Words& more = {}) {
    Words words = {"-i", "eth0", "-w", "out.pcapng"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

CaptureOptions accepted(const Words& words) {
    CommandLine line;
    auto options = line.capture(words);
    EXPECT_TRUE(options) << options.error().message;
    return options ? *options : CaptureOptions{};
}

std::string refused(const Words& words) {
    CommandLine line;
    const auto options = line.capture(words);
    EXPECT_FALSE(options) << ::testing::PrintToString(words);
    if (options) return {};
    EXPECT_EQ(options.error().status, ExitStatus::usage);
    return options.error().message;
}

TEST(CaptureOptions, Defaults) {
    const auto options = accepted(minimal());
    EXPECT_EQ(options.interface_name, "eth0");
    EXPECT_EQ(options.mode, Mode::automatic);
    EXPECT_EQ(options.netns, "");
    EXPECT_EQ(options.filter.text(), "");
    EXPECT_FALSE(options.seed);
    EXPECT_EQ(options.selection.sample_rate, 1u);
    EXPECT_EQ(options.selection.snaplen, 0u);
    EXPECT_EQ(options.limits.packets, 10000u);
    EXPECT_EQ(options.limits.duration, std::chrono::nanoseconds(300s));
    EXPECT_FALSE(options.limits.bytes);
    EXPECT_FALSE(options.limits.min_free_disk_bytes);
    EXPECT_EQ(options.write, "out.pcapng");
    EXPECT_EQ(options.format, FileFormat::pcapng);
    EXPECT_FALSE(options.file_size_bytes);
    EXPECT_FALSE(options.file_count);
    EXPECT_EQ(options.summary + options.ready_file + options.lock_file, "");
    EXPECT_EQ(options.ring.kind, RingKind::perf);
    EXPECT_EQ(options.ring.bytes, 4u << 20);
    EXPECT_FALSE(options.fail_on_loss || options.quiet || options.verbose);
}

TEST(CaptureOptions, EveryOption) {
    const auto options = accepted({"--interface",
                                   "veth1",
                                   "--mode",
                                   "generic",
                                   "--netns",
                                   "/run/netns/a",
                                   "--src",
                                   "10.0.0.0/8",
                                   "--dst",
                                   "::1",
                                   "--host",
                                   "192.0.2.1",
                                   "--sport",
                                   "53",
                                   "--dport",
                                   "80-90",
                                   "--port",
                                   "443",
                                   "--proto",
                                   "tcp",
                                   "--vlan",
                                   "5",
                                   "--sample-rate",
                                   "100",
                                   "--sampler",
                                   "uniform",
                                   "--seed",
                                   "7",
                                   "--snaplen",
                                   "128",
                                   "--count",
                                   "5",
                                   "--duration",
                                   "1.5s",
                                   "--max-bytes",
                                   "1M",
                                   "--min-free-disk",
                                   "1G",
                                   "--write",
                                   "a-%s.pcap",
                                   "--format",
                                   "pcap",
                                   "--file-size",
                                   "64k",
                                   "--file-count",
                                   "3",
                                   "--summary",
                                   "-",
                                   "--ready-file",
                                   "ready",
                                   "--lock",
                                   "lock",
                                   "-Z",
                                   "nobody",
                                   "--ring",
                                   "bpf",
                                   "--ring-size",
                                   "64k",
                                   "--fail-on-loss",
                                   "--verbose"});
    EXPECT_EQ(options.interface_name, "veth1");
    EXPECT_EQ(options.mode, Mode::generic);
    EXPECT_EQ(options.netns, "/run/netns/a");
    EXPECT_EQ(
        options.filter.text(),
        "src 10.0.0.0/8 and dst ::1 and host 192.0.2.1 and sport 53 and dport 80-90 and port 443 and proto tcp and "
        "vlan 5");
    EXPECT_EQ(options.selection.sample_rate, 100u);
    EXPECT_EQ(options.seed, 7u);
    EXPECT_EQ(options.selection.seed, 7u);
    EXPECT_EQ(options.selection.snaplen, 128u);
    EXPECT_EQ(options.limits.packets, 5u);
    EXPECT_EQ(options.limits.duration, std::chrono::nanoseconds(1500ms));
    EXPECT_EQ(options.limits.bytes, 1u << 20);
    EXPECT_EQ(options.limits.min_free_disk_bytes, 1u << 30);
    EXPECT_EQ(options.write, "a-%s.pcap");
    EXPECT_EQ(options.format, FileFormat::pcap);
    EXPECT_EQ(options.file_size_bytes, 65536u);
    EXPECT_EQ(options.file_count, 3u);
    EXPECT_EQ(options.summary, "-");
    EXPECT_EQ(options.ready_file, "ready");
    EXPECT_EQ(options.lock_file, "lock");
    EXPECT_EQ(options.drop_to, "nobody");
    EXPECT_EQ(options.ring.kind, RingKind::bpf);
    EXPECT_EQ(options.ring.bytes, 65536u);
    EXPECT_TRUE(options.fail_on_loss);
    EXPECT_TRUE(options.verbose);
}

TEST(CaptureOptions, ShortForms) {
    const auto options = accepted({"-ieth0", "-w-", "-s64", "-c7", "-q"});
    EXPECT_EQ(options.interface_name, "eth0");
    EXPECT_EQ(options.write, "-");
    EXPECT_EQ(options.selection.snaplen, 64u);
    EXPECT_TRUE(options.quiet);
}

TEST(CaptureOptions, OneLimitReplacesTheDefaults) {
    const auto by_count = accepted(minimal({"-c", "5"})).limits;
    EXPECT_EQ(by_count.packets, 5u);
    EXPECT_FALSE(by_count.duration);
    const auto by_time = accepted(minimal({"--duration", "5"})).limits;
    EXPECT_FALSE(by_time.packets);
    const auto by_bytes = accepted(minimal({"--max-bytes", "5k"})).limits;
    EXPECT_FALSE(by_bytes.packets || by_bytes.duration);
    const auto none = accepted(minimal({"--unlimited", "--min-free-disk", "1G"})).limits;
    EXPECT_FALSE(none.packets || none.duration || none.bytes);
    // Not a limit on the capture itself.
    EXPECT_EQ(accepted(minimal({"--min-free-disk", "1G"})).limits.packets, kDefaultPacketLimit);
}

TEST(CaptureOptions, RepeatedListsAreJoined) {
    const auto options =
        accepted(minimal({"--src", "10.0.0.1", "--src", "10.0.0.2,::1", "--port", "80", "--port", "53"}));
    EXPECT_EQ(options.filter.text(), "src 10.0.0.1,10.0.0.2,::1 and port 80,53");
    EXPECT_EQ(options.filter.src->v4.size(), 1u);
}

TEST(CaptureOptions, RingSizeIsAPowerOfTwoOfPages) {
    const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    EXPECT_EQ(accepted(minimal({"--ring-size", "4k"})).ring.bytes, page_bytes);
    EXPECT_EQ(accepted(minimal({"--ring-size", "65537"})).ring.bytes, 131072u);
    EXPECT_EQ(accepted(minimal({"--ring-size", "1G"})).ring.bytes, 1u << 30);
}

TEST(CaptureOptions, NumbersAtTheirEdges) {
    EXPECT_EQ(accepted(minimal({"--sample-rate", "4294967295"})).selection.sample_rate, UINT32_MAX);
    EXPECT_EQ(accepted(minimal({"--seed", "18446744073709551615"})).selection.seed, UINT64_MAX);
    EXPECT_EQ(accepted(minimal({"--seed", "0"})).seed, 0u);
    EXPECT_EQ(accepted(minimal({"-s", "262144"})).selection.snaplen, 262144u);
    EXPECT_EQ(accepted(minimal({"-c", "18446744073709551615"})).limits.packets, UINT64_MAX);
}

struct Refusal {
    Words words;
    const char* message;
};

TEST(CaptureOptions, Refuses) {
    const Refusal cases[] = {
        {{"-w", "a"}, "no interface is named: add -i NAME"},
        {{"-i", "", "-w", "a"}, "-i needs a name"},
        {{"-i", "a", "-i", "b", "-w", "a"}, "-i is given 2 times: this version captures from one interface at a time"},
        {{"-i", "eth0"}, "no output is named: add -w FILE, or -w - for standard output"},
        {minimal({"-w", "b"}), "-w is given 2 times: give it once"},
        {minimal({"--mode", "natve"}), "--mode: \"natve\" is none of auto, native, generic: did you mean native?"},
        {minimal({"--netns", ""}), "--netns needs a name"},
        {minimal({"--format", "pcpa"}), "--format: \"pcpa\" is none of pcapng, pcap: did you mean pcap?"},
        {minimal({"--sampler", "count"}), "--sampler count: this version has one sampler, uniform"},
        {minimal({"--sampler", "flow"}), "--sampler flow: this version has one sampler, uniform"},
        {minimal({"--sampler", "random"}), "--sampler: \"random\" is none of uniform"},
        {minimal({"--ring", "x"}), "--ring: \"x\" is none of perf, bpf"},
        {minimal({"--ring-size", "4095"}), "the smallest size allowed is 4096"},
        {minimal({"--ring-size", "1073741825"}), "the largest size allowed is 1073741824"},
        {minimal({"--sample-rate", "0"}), "a whole number from 1 to 4294967295 is needed: N keeps 1 packet in N"},
        {minimal({"--sample-rate", "0.01"}), "N keeps 1 packet in N"},
        {minimal({"--sample-rate", "4294967296"}), "a whole number from 1 to 4294967295"},
        {minimal({"--seed", "-1"}), "--seed: \"-1\": a whole number from 0"},
        {minimal({"-s", "262145"}), "-s: \"262145\": a whole number from 0 to 262144"},
        {minimal({"-c", "0"}), "-c: \"0\": a whole number from 1"},
        {minimal({"-c", "1", "-c", "2"}), "-c is given 2 times"},
        {minimal({"--duration", "0"}), "the time must be longer than zero"},
        {minimal({"--max-bytes", "0"}), "the smallest size allowed is 1 byte"},
        {minimal({"--min-free-disk", "0"}), "the smallest size allowed is 1 byte"},
        {minimal({"--unlimited", "-c", "5"}), "--unlimited contradicts -c, --duration and --max-bytes"},
        {minimal({"--unlimited", "--duration", "5"}), "--unlimited contradicts"},
        {minimal({"--unlimited", "--max-bytes", "5"}), "--unlimited contradicts"},
        {minimal({"--file-size", "1023"}), "the smallest size allowed is 1024"},
        {minimal({"--file-count", "3"}), "--file-count needs --file-size"},
        {minimal({"--file-size", "1M", "--file-count", "0"}), "--file-count: \"0\": a whole number from 1"},
        {{"-i", "eth0", "-w", "-", "--file-size", "1M"}, "--file-size needs files to rotate"},
        {{"-i", "eth0", "-w", "-", "--min-free-disk", "1M"}, "--min-free-disk needs a file on a disk"},
        {{"-i", "eth0", "-w", "-", "--summary", "-"}, "-w and --summary both name standard output (-)"},
        {minimal({"--summary", "out.pcapng"}), "-w and --summary both name \"out.pcapng\""},
        {minimal({"--ready-file", "x", "--lock", "x"}), "--ready-file and --lock both name \"x\""},
        {minimal({"--ready-file", "-"}), "--ready-file needs the name of a file, not -"},
        {minimal({"--lock", "-"}), "--lock needs the name of a file, not -"},
        {minimal({"-q", "-v"}), "-q and -v contradict each other"},
        {minimal({"-F", "x", "tcp", "port", "80"}),
         "-F names a file with an expression, and there is another one: \"tcp"},
        {minimal({"-F", "/nowhere"}), "expression file /nowhere: No such file or directory"},
        {minimal({"-F", ""}), "-F needs the name of a file"},
        {minimal({"-F", "/dev/zero"}), "expression file /dev/zero: larger than 1 MiB"},
        {minimal({"--src", "10.0.0.1/8"}), "--src: \"10.0.0.1/8\": bits are set"},
        {minimal({"--src", "10.0.0.1", "--src", ""}), "--src: the list is empty"},
        {minimal({"--dst", "@/nowhere"}), "--dst: list file /nowhere: No such file or directory"},
        {minimal({"--port", "http"}), "names are not looked up"},
        {minimal({"--proto", "tpc"}), "did you mean tcp?"},
        {minimal({"--vlan", "4096"}), "--vlan: \"4096\": a VLAN id is a number from 0 to 4095"},
    };
    for (const auto& [words, message] : cases)
        EXPECT_THAT(refused(words), HasSubstr(message)) << ::testing::PrintToString(words);
}

TEST(CaptureOptions, ExpressionIsAllItsWords) {
    EXPECT_EQ(accepted(minimal({"tcp", "port", "80"})).expression, "tcp port 80");
    EXPECT_EQ(accepted(minimal({"tcp port 80", "--port", "80"})).expression, "tcp port 80");
    EXPECT_EQ(accepted(minimal({"  \n", "udp ", "\n"})).expression, "udp");
    EXPECT_EQ(accepted(minimal()).expression, "");
    EXPECT_EQ(effective_filter(accepted(minimal({"udp or\ttcp"}))), "udp or tcp");
    EXPECT_EQ(effective_filter(accepted(minimal({"--port", "53", "udp", "or", "tcp"}))), "port 53 and (udp or tcp)");
    EXPECT_THAT(effective_command(accepted(minimal({"udp", "or", "tcp"}))), ::testing::EndsWith(" 'udp or tcp'"));
    EXPECT_THAT(effective_filter(accepted(minimal({std::string(100'000, 'x')}))),
                ::testing::AllOf(HasSubstr("(100000 bytes)"), ::testing::SizeIs(::testing::Lt(20'000u))));
}

TEST(CaptureOptions, ValuesMayLookLikeOptionsOrCommands) {
    EXPECT_EQ(accepted({"-i", "doctor", "-w", "-x"}).write, "-x");
    EXPECT_EQ(accepted({"-i", "[a,b]", "-w", "x"}).interface_name, "[a,b]");
    EXPECT_EQ(accepted({"-i", "{}", "-w", "%%"}).interface_name, "{}");
}

TEST(CaptureOptions, HostileInput) {
    const std::string garbage(10'000'000, '\x1b');
    for (const char* option :
         {"-i", "--mode", "--src", "--port", "--proto", "--vlan", "--sample-rate", "--sampler", "--seed", "-s", "-c",
          "--duration", "--max-bytes", "--format", "--ring", "--ring-size"}) {
        CommandLine line;
        Words words = minimal();
        if (option == std::string("-i")) words = {"-w", "a"};
        words.insert(words.end(), {option, garbage});
        const auto options = line.capture(words);
        if (options) continue;  // any bytes may name an interface: finding it is somebody else's
        EXPECT_LT(options.error().message.size(), 600u) << option;
        EXPECT_EQ(options.error().message.find('\x1b'), std::string::npos) << option;
    }
}

TEST(CaptureHelp, HasGroupsAndExamples) {
    CommandLine line;
    const auto help = line.capture_app().help("xdpsift");
    for (const char* group : {"Source:", "Filter:", "Selection:", "Limits (", "Output:", "Ring:", "Other:"})
        EXPECT_THAT(help, HasSubstr(std::string("\n") + group)) << help;
    EXPECT_THAT(help, HasSubstr("Examples:"));
    EXPECT_THAT(help, HasSubstr("xdpsift capture -i eth0"));
    EXPECT_THAT(help, ::testing::Not(HasSubstr("Options:")));
    for (std::size_t begin = 0, end = 0; (end = help.find('\n', begin)) != std::string::npos; begin = end + 1)
        EXPECT_LE(end - begin, 96u) << help.substr(begin, end - begin);
}

TEST(EffectiveCommand, NamesEverySettingWithItsDefault) {
    auto options = accepted(minimal());
    EXPECT_EQ(effective_command(options),
              "xdpsift capture -i eth0 --mode auto --sample-rate 1 -s 0 -c 10000 --duration 300s -w out.pcapng "
              "--format pcapng --ring perf --ring-size 4194304");
    options = accepted(minimal({"--sample-rate", "10", "--unlimited", "--src", "::1", "--min-free-disk", "1k"}));
    options.selection.seed = 99;
    EXPECT_EQ(effective_command(options),
              "xdpsift capture -i eth0 --mode auto --src ::1 --sample-rate 10 --sampler uniform --seed 99 -s 0 "
              "--unlimited --min-free-disk 1024 -w out.pcapng --format pcapng --ring perf --ring-size 4194304");
}

TEST(EffectiveCommand, IsOneLineThatParsesBack) {
    auto options = accepted(minimal({"--vlan", "1, 2", "--file-size", "1M", "--file-count", "2", "--netns", "a b"}));
    EXPECT_THAT(effective_command(options), HasSubstr("--netns 'a b' --vlan 1,2 "));
    options.write = "a\nb\xff";
    EXPECT_THAT(effective_command(options), HasSubstr("-w $'a\\x0ab\\xff' "));
    EXPECT_EQ(effective_command(options).find('\n'), std::string::npos);

    // What it says, read again, says the same.
    options.write = "out";
    options.netns = "blue";
    const auto line = effective_command(options);
    Words words;
    for (std::size_t at = sizeof("xdpsift capture"); at < line.size();) {
        const auto end = std::min(line.find(' ', at), line.size());
        words.push_back(line.substr(at, end - at));
        at = end + 1;
    }
    EXPECT_EQ(effective_command(accepted(words)), line);
}

}  // namespace
}  // namespace xdpsift::cli
