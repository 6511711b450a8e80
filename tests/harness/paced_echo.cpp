// SPDX-License-Identifier: BSD-2-Clause
#include "harness/paced_echo.h"

#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "harness/affinity.h"
#include "harness/process.h"

namespace xdpsift::harness {
namespace {

using Clock = std::chrono::steady_clock;

// What has not come back after this long, with nothing behind it, is not waited for.
constexpr auto kLostAfter = std::chrono::seconds(2);

}  // namespace

PacedEcho::PacedEcho(const VethPair& veth, std::uint16_t port, std::chrono::microseconds interval)
    : sockets_(veth, Family::ipv4, port),
      sender_([this, interval] { send_paced(interval); }),
      echo_([this] { send_back(); }),
      collector_([this] { collect(); }) {}

PacedEcho::~PacedEcho() {
    try {
        finish();
    } catch (const HarnessError&) {
        // The test has failed already.
    }
}

PacedEcho::OnTheirWay PacedEcho::on_their_way() const {
    const std::uint64_t first = back_end_;
    return {first, sent_};
}

void PacedEcho::fail(const std::string& what) {
    const std::lock_guard lock(mutex_);
    if (failure_.empty()) failure_ = what + ": " + std::strerror(errno);
}

void PacedEcho::send_paced(std::chrono::microseconds interval) {
    stay_on_cpu(static_cast<unsigned>(::sched_getcpu()));
    for (auto next = Clock::now(); !stopping_; next = std::max(next + interval, Clock::now())) {
        std::this_thread::sleep_until(next);
        wait_until([this] { return sent_ - back_end_ < kMostOnTheirWay || stopping_; }, kLostAfter);
        const std::uint64_t number = sent_;
        // Counted first: it may be back before send() returns.
        ++sent_;
        if (::send(sockets_.sender.get(), &number, sizeof(number), MSG_NOSIGNAL) != sizeof(number))
            return fail("UDP send");
    }
}

void PacedEcho::send_back() {
    std::uint64_t number = 0;
    while (!closing_) {
        const ssize_t length = ::recv(sockets_.receiver.get(), &number, sizeof(number), 0);
        if (length == 0 || (length < 0 && errno == EAGAIN)) continue;
        if (length != sizeof(number)) return fail("UDP receive");
        if (::send(sockets_.receiver.get(), &number, sizeof(number), MSG_NOSIGNAL) != sizeof(number))
            return fail("UDP echo");
    }
}

void PacedEcho::collect() {
    std::uint64_t number = 0;
    while (!closing_) {
        const ssize_t length = ::recv(sockets_.sender.get(), &number, sizeof(number), 0);
        if (length == 0 || (length < 0 && errno == EAGAIN)) continue;
        if (length != sizeof(number)) return fail("UDP receive of an echo");
        const std::lock_guard lock(mutex_);
        arrivals_.push_back(Clock::now());
        if (back_.size() <= number) back_.resize(number + 1);
        back_[number] = true;
        back_end_ = std::max(back_end_.load(), number + 1);
    }
}

void PacedEcho::finish() {
    stopping_ = true;
    if (sender_.joinable()) sender_.join();
    wait_until([this] { return back_end_ == sent_; }, kLostAfter);
    closing_ = true;
    // Wakes who waits for one.
    ::shutdown(sockets_.receiver.get(), SHUT_RDWR);
    ::shutdown(sockets_.sender.get(), SHUT_RDWR);
    if (echo_.joinable()) echo_.join();
    if (collector_.joinable()) collector_.join();
    const std::lock_guard lock(mutex_);
    if (!failure_.empty()) throw HarnessError(failure_);
}

std::vector<std::uint64_t> PacedEcho::lost() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t number = 0; number < sent_; ++number)
        if (number >= back_.size() || !back_[number]) numbers.push_back(number);
    return numbers;
}

std::chrono::nanoseconds PacedEcho::longest_gap(Clock::time_point from, Clock::time_point to) const {
    const std::lock_guard lock(mutex_);
    std::chrono::nanoseconds longest{};
    for (std::size_t i = 1; i < arrivals_.size(); ++i)
        if (arrivals_[i - 1] >= from && arrivals_[i] <= to)
            longest = std::max(longest, std::chrono::nanoseconds(arrivals_[i] - arrivals_[i - 1]));
    return longest;
}

}  // namespace xdpsift::harness
