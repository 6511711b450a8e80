// SPDX-License-Identifier: BSD-2-Clause
#include "order/merge.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <memory>
#include <random>
#include <vector>

namespace xdpsift::order {
namespace {

constexpr std::uint64_t kForever = std::numeric_limits<std::uint64_t>::max();

// A CPU's ring as the test fills it. The packet id tells the records apart.
class FakeSource final : public RecordSource {
   public:
    void push(std::uint64_t time_ns, std::uint64_t id) {
        Record record;
        record.time_ns = time_ns;
        record.packet_id = id;
        records_.push_back(record);
    }
    Record* peek() override { return records_.empty() ? nullptr : &records_.front(); }
    void pop() override { records_.pop_front(); }
    bool pressed() const override { return pressed_; }
    void press(bool pressed) { pressed_ = pressed; }

   private:
    std::deque<Record> records_;
    bool pressed_ = false;
};

struct Out {
    std::uint64_t time_ns;
    std::uint64_t id;
    bool operator==(const Out&) const = default;
};

std::vector<Out> take_all(Merge& merge, std::uint64_t horizon_ns) {
    std::vector<Out> out;
    while (const Record* record = merge.next(horizon_ns)) {
        out.push_back({record->time_ns, record->packet_id});
        merge.pop();
    }
    return out;
}

TEST(Merge, WithoutSourcesHasNothing) {
    Merge merge({});
    EXPECT_EQ(merge.next(kForever), nullptr);
}

TEST(Merge, OneSourceIsNeverHeldBack) {
    FakeSource source;
    source.push(100, 1);
    source.push(200, 2);
    Merge merge({&source});
    // Nothing else could bring an older record.
    EXPECT_EQ(take_all(merge, 0), (std::vector<Out>{{100, 1}, {200, 2}}));
}

TEST(Merge, InterleavesByTime) {
    FakeSource a, b;
    for (std::uint64_t time : {10, 30, 50}) a.push(time, time);
    for (std::uint64_t time : {20, 40, 60}) b.push(time, time);
    Merge merge({&a, &b});
    EXPECT_EQ(take_all(merge, kForever),
              (std::vector<Out>{{10, 10}, {20, 20}, {30, 30}, {40, 40}, {50, 50}, {60, 60}}));
    EXPECT_EQ(merge.late(), 0u);
}

TEST(Merge, QuietSourceHoldsTheOthersBackOnlyUntilTheHorizon) {
    FakeSource busy, quiet;
    busy.push(100, 1);
    busy.push(200, 2);
    Merge merge({&busy, &quiet});
    EXPECT_THAT(take_all(merge, 99), testing::IsEmpty());
    EXPECT_EQ(take_all(merge, 150), (std::vector<Out>{{100, 1}}));
    quiet.push(160, 3);
    EXPECT_EQ(take_all(merge, kForever), (std::vector<Out>{{160, 3}, {200, 2}}));
}

TEST(Merge, RecordThatComesWhileAnotherWaitsGoesFirst) {
    FakeSource a, b;
    a.push(100, 1);
    Merge merge({&a, &b});
    EXPECT_EQ(merge.next(50), nullptr);
    b.push(90, 2);
    EXPECT_EQ(take_all(merge, kForever), (std::vector<Out>{{90, 2}, {100, 1}}));
}

TEST(Merge, PressedSourceDoesNotWait) {
    FakeSource busy, quiet;
    busy.push(100, 1);
    busy.press(true);
    Merge merge({&busy, &quiet});
    EXPECT_EQ(take_all(merge, 0), (std::vector<Out>{{100, 1}}));
}

TEST(Merge, LateRecordCarriesTheTimeOfTheOneBefore) {
    FakeSource a, b;
    a.push(100, 1);
    Merge merge({&a, &b});
    EXPECT_EQ(take_all(merge, 100), (std::vector<Out>{{100, 1}}));
    b.push(90, 2);
    EXPECT_EQ(take_all(merge, 100), (std::vector<Out>{{100, 2}}));
    EXPECT_EQ(merge.late(), 1u);
}

TEST(Merge, EqualTimesAllLeave) {
    FakeSource a, b;
    for (std::uint64_t id = 0; id < 5; id++) {
        a.push(7, id);
        b.push(7, 10 + id);
    }
    Merge merge({&a, &b});
    EXPECT_EQ(take_all(merge, kForever).size(), 10u);
    EXPECT_EQ(merge.late(), 0u);
}

// Random arrivals on random numbers of CPUs, looked at at random moments: whatever comes no later than the window is in
// exact order, nothing is lost, and no time goes back.
TEST(Merge, RandomInterleavings) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    constexpr std::uint64_t kWindowNs = 1000;
    for (int round = 0; round < 300; round++) {
        const std::size_t cpus = 1 + random() % 8;
        std::vector<std::unique_ptr<FakeSource>> sources;
        std::vector<RecordSource*> borrowed;
        for (std::size_t i = 0; i < cpus; i++) {
            sources.push_back(std::make_unique<FakeSource>());
            borrowed.push_back(sources.back().get());
        }
        // Each record is taken at time_ns and visible up to a window later; a CPU's records appear in their order.
        struct Arrival {
            std::uint64_t time_ns, visible_ns, id;
            std::size_t cpu;
        };
        std::vector<Arrival> arrivals;
        for (std::size_t cpu = 0; cpu < cpus; cpu++) {
            std::uint64_t time = 0, visible = 0;
            const std::size_t count = random() % 200;
            for (std::size_t i = 0; i < count; i++) {
                time += 1 + random() % (cpu % 2 == 0 ? 100 : 2000);
                visible = std::max(visible, time + random() % kWindowNs);
                arrivals.push_back({time, visible, cpu << 32 | i, cpu});
            }
        }
        std::ranges::stable_sort(arrivals, {}, &Arrival::visible_ns);
        Merge merge(borrowed);
        std::vector<Out> out;
        std::size_t next = 0;
        for (std::uint64_t now = kWindowNs; next < arrivals.size(); now += 1 + random() % 3000) {
            for (; next < arrivals.size() && arrivals[next].visible_ns <= now; next++)
                sources[arrivals[next].cpu]->push(arrivals[next].time_ns, arrivals[next].id);
            std::ranges::move(take_all(merge, now - kWindowNs), std::back_inserter(out));
        }
        std::ranges::move(take_all(merge, kForever), std::back_inserter(out));

        ASSERT_EQ(out.size(), arrivals.size());
        ASSERT_TRUE(std::ranges::is_sorted(out, {}, &Out::time_ns));
        std::vector<std::uint64_t> ids, expected;
        for (const auto& one : out) ids.push_back(one.id);
        for (const auto& one : arrivals) expected.push_back(one.id);
        std::ranges::sort(ids);
        std::ranges::sort(expected);
        ASSERT_EQ(ids, expected);
        // Within the window nothing came late, so that every time is the one it was taken at.
        ASSERT_EQ(merge.late(), 0u);
    }
}

}  // namespace
}  // namespace xdpsift::order
