// SPDX-License-Identifier: BSD-2-Clause
#include "capture/capture.h"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "capture/monotonic.h"
#include "write/reserved_space.h"

namespace xdpsift::capture {
namespace {

constexpr std::uint64_t kMillisecondNs = 1'000'000;
constexpr std::uint64_t kSecondNs = 1'000 * kMillisecondNs;

// How long a record waits for an older one of another CPU: far longer than a CPU takes from reading the clock to
// finishing the copy, unless its hypervisor stops it in between.
constexpr std::uint64_t kOrderWindowNs = 5 * kMillisecondNs;

// How often the rings are looked at without being woken. A reader at the other end of a pipe waits this long at most.
constexpr std::uint64_t kFileTickNs = 100 * kMillisecondNs;
constexpr std::uint64_t kLiveTickNs = 40 * kMillisecondNs;

// Signals and limits are looked at after so many bytes, however fast packets come.
constexpr std::size_t kPassBytes = 1 << 20;

// What may be written between two looks at the disk, the buffer and the blocks' overhead included, and what may be
// reserved ahead of it.
constexpr std::uint64_t kDiskReserveBytes = 2 * kPassBytes + write::ReservedSpace::kChunkBytes;

// A reader that takes nothing for this long after the capture's end is not waited for.
constexpr std::uint64_t kStalledNs = 5 * kSecondNs;

constexpr std::uint64_t kForever = std::numeric_limits<std::uint64_t>::max();

enum Tag : std::uint64_t { kRingTag, kSignalTag, kClockTag, kLinkTag, kOutputTag };

std::vector<RecordSource*> sources_of(const drain::Rings& rings) {
    std::vector<RecordSource*> sources;
    sources.reserve(rings.size());
    for (const auto& ring : rings) sources.push_back(ring.get());
    return sources;
}

}  // namespace

Capture::Capture(Settings settings, drain::Rings rings, drain::KernelCounters counters, EpochClock clock,
                 Signals signals)
    : settings_(std::move(settings)),
      rings_(std::move(rings)),
      counters_(std::move(counters)),
      clock_(std::move(clock)),
      signals_(std::move(signals)),
      merge_(sources_of(rings_)),
      received_(counters_.interfaces()) {}

Result<void> Capture::open_output(write::OutputOptions output, write::FileDescription description) {
    auto writer =
        write::CaptureWriter::open(std::move(output), std::move(description), [this] { return statistics(); });
    if (!writer) return tl::unexpected(writer.error());
    writer_.emplace(std::move(*writer));
    tick_ns_ = writer_->live_reader() ? kLiveTickNs : kFileTickNs;
    auto ready = watch_disk();
    if (ready) ready = watch_everything();
    if (!ready) remove_output();
    return ready;
}

Result<void> Capture::watch_disk() {
    if (!settings_.limits.min_free_disk_bytes) return {};
    auto disk = limit::Disk::open(settings_.disk_path);
    if (!disk) return tl::unexpected(disk.error());
    disk_ = std::move(*disk);
    return {};
}

void Capture::remove_output() { writer_->withdraw(); }

Result<void> Capture::watch_everything() {
    epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll_) return fail(ExitStatus::failed, fmt::format("cannot wait for events: {}", std::strerror(errno)));
    for (const auto& ring : rings_) {
        if (auto added = watch(ring->fd(), EPOLLIN | EPOLLET, kRingTag); !added) return added;
    }
    if (auto added = watch(signals_.fd(), EPOLLIN, kSignalTag); !added) return added;
    if (auto added = watch(clock_.fd(), EPOLLIN, kClockTag); !added) return added;
    output_fd_ = writer_->wait_fd();
    if (output_fd_ < 0) return {};
    // No event is asked for: that its reader goes away is told all the same. A device may be nothing to wait for.
    if (!watch(output_fd_, 0, kOutputTag)) output_fd_ = -1;
    return {};
}

Result<void> Capture::watch(int fd, std::uint32_t events, std::uint64_t tag) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = tag;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0) return {};
    return fail(ExitStatus::failed, fmt::format("cannot wait for events: {}", std::strerror(errno)));
}

Report Capture::run(std::uint64_t start_ns, Hook hook, std::vector<LinkWatch> links, Observer& observer) {
    start_ns_ = start_ns;
    start_epoch_ns_ = clock_.epoch_of(start_ns);
    next_tell_ns_ = start_ns + kSecondNs;
    hook_ = std::move(hook);
    links_ = std::move(links);
    observer_ = &observer;
    limiter_.emplace(settings_.limits, start_ns);
    for (const auto& link : links_) {
        if (auto added = watch(link.fd(), EPOLLIN, kLinkTag); !added) stop_on(added.error());
    }
    while (!stop_reason_) {
        wait();
        more_waits_ = pass(monotonic_ns() - kOrderWindowNs);
        check_limits();
    }
    check_hook();
    hook_.detach();
    end_ns_ = monotonic_ns();
    // The wall clock may have been set a moment ago.
    clock_.resync(end_ns_);
    drain_the_rest();
    finish_output();
    return report();
}

int Capture::wait_ms(std::uint64_t now_ns) const {
    if (more_waits_) return 0;
    std::uint64_t until_ns = std::min(now_ns + tick_ns_, next_tell_ns_);
    if (end_ns_ == 0) until_ns = std::min(until_ns, limiter_->deadline_ns());
    if (until_ns <= now_ns) return 0;
    return static_cast<int>((until_ns - now_ns + kMillisecondNs - 1) / kMillisecondNs);
}

void Capture::wait() {
    std::array<epoll_event, 64> events;
    const int count =
        ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms(monotonic_ns()));
    for (int i = 0; i < count; i++) {
        const auto& event = events[static_cast<std::size_t>(i)];
        switch (event.data.u64) {
            case kSignalTag: handle_signals(); break;
            case kClockTag: clock_.resync(monotonic_ns()); break;
            case kOutputTag:
                if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) output_gone_ = true;
                break;
            case kLinkTag:
                if (interface_gone()) stop(StopReason::interface_gone);
                break;
            default: break;  // the rings are looked at each time
        }
    }
    if (const auto now_ns = monotonic_ns(); now_ns >= next_tell_ns_) tell(now_ns);
    if (output_gone_ && !given_up_) {
        stop(StopReason::output_closed);
        given_up_ = true;
        writer_->abandon();
    }
}

void Capture::handle_signals() {
    const auto pending = signals_.take();
    if (pending.report) observer_->on_request(progress(monotonic_ns()));
    if (pending.stop == 0) return;
    // The first finishes the file; one more ends at once, and what was not written by then is counted as discarded.
    const bool again = stop_reason_ || pending.stop > 1;
    stop(StopReason::signal);
    if (!again || given_up_) return;
    given_up_ = true;
    writer_->abandon();
    error_ =
        Error{ExitStatus::failed, "ended at once by a second signal: packets that were received are not written", {}};
}

void Capture::stop(StopReason reason) {
    if (!stop_reason_) stop_reason_ = reason;
}

void Capture::stop_on(const Error& error) {
    given_up_ = true;
    if (writer_->reader_closed()) {
        stop(StopReason::output_closed);
        return;
    }
    if (!error_) error_ = error;
    stop(StopReason::error);
}

// Takes what the rings hold and may be let out. True when it stopped before that was done.
bool Capture::pass(std::uint64_t horizon_ns) {
    for (auto& ring : rings_) ring->refresh();
    std::size_t taken_bytes = 0;
    bool more = false;
    while (Record* record = merge_.next(horizon_ns)) {
        if (!given_up_ && !writer_->has_room()) flush();
        if (!given_up_ && !writer_->has_room()) break;  // the output is full: packets wait in the rings
        taken_bytes += record->data.size() + sizeof(Record);
        deliver(*record);
        merge_.pop();
        if (taken_bytes >= kPassBytes) {
            more = true;
            break;
        }
    }
    for (auto& ring : rings_) ring->release();
    const auto now_ns = monotonic_ns();
    if (!given_up_ && (writer_->live_reader() || now_ns >= next_flush_ns_)) {
        next_flush_ns_ = now_ns + tick_ns_;
        flush();
    }
    return more;
}

void Capture::deliver(Record& record) {
    received_[record.interface_id]++;
    // Once the disk is full enough, what still waits in the rings is not written either.
    if (given_up_ || stop_reason_ == StopReason::disk_low || !limiter_->admit(record)) return;
    record.time_ns = clock_.to_epoch(record.time_ns);
    if (auto taken = writer_->packet(record); !taken) stop_on(taken.error());
}

void Capture::flush() {
    const auto flushed = writer_->flush();
    if (!flushed) {
        stop_on(flushed.error());
        return;
    }
    const bool full = *flushed == write::CaptureWriter::Flush::would_block;
    if (full == output_full_ || output_fd_ < 0) return;
    output_full_ = full;
    epoll_event event{};
    event.events = full ? static_cast<std::uint32_t>(EPOLLOUT) : 0;
    event.data.u64 = kOutputTag;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, output_fd_, &event);
}

void Capture::check_limits() {
    if (stop_reason_) return;
    if (const auto reached = limiter_->reached(monotonic_ns(), hook_.byte_limit_passed())) {
        stop(*reached);
        return;
    }
    if (!settings_.limits.min_free_disk_bytes) return;
    const auto free_bytes = disk_->free_bytes();
    if (!free_bytes)
        stop_on(free_bytes.error());
    else if (*free_bytes < *settings_.limits.min_free_disk_bytes + kDiskReserveBytes)
        stop(StopReason::disk_low);
}

void Capture::tell(std::uint64_t now_ns) {
    next_tell_ns_ = now_ns + kSecondNs;
    clock_.resync(now_ns);
    const auto now = progress(now_ns);
    observer_->every_second(now);
    // A hook that counts is there. Only of one that does not is the question worth a wait.
    if (end_ns_ == 0 && now.total.seen == told_seen_) check_hook();
    told_seen_ = now.total.seen;
}

bool Capture::interface_gone() {
    return std::ranges::any_of(links_, [](LinkWatch& link) { return link.gone(); });
}

// What came after it was taken away is not in the file, whatever else ended the capture. An interface takes the hook
// with it, which is told first.
void Capture::check_hook() {
    const auto checked = hook_.check();
    if (checked) return;
    if (interface_gone()) return stop(StopReason::interface_gone);
    if (!error_) error_ = checked.error();
    stop_reason_ = StopReason::error;
}

// The hook is gone: what stands in the rings is all there is.
void Capture::drain_the_rest() {
    while (true) {
        if (pass(kForever)) continue;
        if (merge_.next(kForever) == nullptr) return;
        wait_for_output();
    }
}

// Until the output has taken something, or is given up: its reader stalls or went away, or a second signal came.
void Capture::wait_for_output() {
    more_waits_ = false;
    const std::uint64_t since_ns = monotonic_ns();
    const std::uint64_t written = writer_->packets_written();
    while (!given_up_) {
        flush();
        if (given_up_ || !output_full_ || writer_->packets_written() > written) return;
        if (monotonic_ns() - since_ns > kStalledNs) {
            given_up_ = true;
            writer_->abandon();
            error_ =
                Error{ExitStatus::failed, "the output's reader takes nothing: the last packets are not written", {}};
            return;
        }
        wait();
    }
}

void Capture::finish_output() {
    while (!given_up_) {
        const auto finished = writer_->finish();
        if (!finished) return stop_on(finished.error());
        if (*finished == write::CaptureWriter::Flush::done) return;
        wait_for_output();
    }
}

}  // namespace xdpsift::capture
