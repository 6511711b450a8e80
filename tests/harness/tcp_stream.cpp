// SPDX-License-Identifier: BSD-2-Clause
#include "harness/tcp_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "harness/process.h"

namespace xdpsift::harness {
namespace {

// Some megabytes a second, so that the machine has time for what is tested.
constexpr std::size_t kChunkBytes = 16'384;
constexpr auto kPause = std::chrono::milliseconds(2);
// Keeps what is under way well below the 256 frames of a veth queue.
constexpr int kWindowBytes = 64 * 1024;
// Longer than the pauses that TCP makes when a few packets in a row are lost.
constexpr timeval kBrokenAfter{20, 0};
constexpr std::size_t kPeriodBytes = 251;  // of the pattern: a prime

// The bytes of the stream from `offset` on.
std::vector<char> pattern(std::uint64_t offset, std::size_t bytes) {
    std::vector<char> out(bytes);
    for (std::size_t i = 0; i < bytes; ++i) out[i] = static_cast<char>((offset + i) % kPeriodBytes);
    return out;
}

}  // namespace

TcpStream::TcpStream(const VethPair& veth, std::uint16_t port) : connection_(veth, Family::ipv4, port) {
    ::setsockopt(connection_.receiver.get(), IPPROTO_TCP, TCP_WINDOW_CLAMP, &kWindowBytes, sizeof(kWindowBytes));
    ::setsockopt(connection_.receiver.get(), SOL_SOCKET, SO_RCVTIMEO, &kBrokenAfter, sizeof(kBrokenAfter));
    ::setsockopt(connection_.sender.get(), SOL_SOCKET, SO_SNDTIMEO, &kBrokenAfter, sizeof(kBrokenAfter));
    sender_ = std::thread([this] { send(); });
    receiver_ = std::thread([this] { receive(); });
}

TcpStream::~TcpStream() {
    try {
        finish();
    } catch (const HarnessError&) {
        // The test has failed already.
    }
}

void TcpStream::fail(const std::string& what) {
    const std::lock_guard lock(mutex_);
    if (failure_.empty()) failure_ = what + ": " + std::strerror(errno);
}

void TcpStream::send() {
    while (!stopping_) {
        const auto chunk = pattern(sent_, kChunkBytes);
        const ssize_t length = ::send(connection_.sender.get(), chunk.data(), chunk.size(), MSG_NOSIGNAL);
        if (length < 0) return fail("the TCP connection broke at its sender");
        sent_ += static_cast<std::uint64_t>(length);
        std::this_thread::sleep_for(kPause);
    }
    ::shutdown(connection_.sender.get(), SHUT_WR);
}

void TcpStream::receive() {
    std::vector<char> buffer(4 * kChunkBytes);
    while (true) {
        const ssize_t length = ::recv(connection_.receiver.get(), buffer.data(), buffer.size(), 0);
        if (length < 0) return fail("the TCP connection broke at its receiver");
        if (length == 0) return;
        const auto expected = pattern(received_, static_cast<std::size_t>(length));
        if (!std::equal(expected.begin(), expected.end(), buffer.begin())) {
            errno = EBADMSG;
            return fail("the TCP stream differs");
        }
        received_ += static_cast<std::uint64_t>(length);
    }
}

void TcpStream::finish() {
    stopping_ = true;
    if (sender_.joinable()) sender_.join();
    if (receiver_.joinable()) receiver_.join();
    const std::lock_guard lock(mutex_);
    if (failure_.empty() && received_ != sent_) failure_ = "bytes of the TCP stream are missing";
    if (!failure_.empty()) throw HarnessError(failure_);
}

}  // namespace xdpsift::harness
