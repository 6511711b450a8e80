// SPDX-License-Identifier: BSD-2-Clause
#include "loader/specialise.h"

#include <gtest/gtest.h>

#include <array>

#include "instructions.h"

namespace xdpsift::loader {
namespace {

using namespace test;

constexpr int kMap = 7;

// Read-only data: 5 in four bytes, 0x1122334455667788 in the eight behind the next four.
const std::array<std::uint64_t, 2> kWords = {5, 0x1122334455667788};
ReadOnlyData data() { return {kMap, std::as_bytes(std::span(kWords))}; }

// dst = the address of the data at `offset`.
Program address_of_data(std::uint8_t dst, std::int32_t offset) {
    return {instruction(BPF_LD | BPF_IMM | BPF_DW, dst, BPF_PSEUDO_MAP_VALUE, 0, kMap),
            instruction(0, 0, 0, 0, offset)};
}

Program joined(std::initializer_list<Program> parts) {
    Program out;
    for (const auto& part : parts) out.insert(out.end(), part.begin(), part.end());
    return out;
}

Program specialised(const Program& program) { return specialise(program, data()); }

TEST(Specialise, ReadOnlyDataBecomesAConstant) {
    EXPECT_EQ(specialised(joined({address_of_data(1, 0), {load(BPF_W, 0, 1, 0), leave()}})),
              (Program{move(0, 5), leave()}));
    // What needs 64 bits stands in two instructions.
    EXPECT_EQ(specialised(joined({address_of_data(1, 8), {load(BPF_DW, 0, 1, 0), leave()}})),
              (Program{instruction(BPF_LD | BPF_IMM | BPF_DW, 0, 0, 0, 0x55667788), instruction(0, 0, 0, 0, 0x11223344),
                       leave()}));
    EXPECT_EQ(specialised(joined({address_of_data(1, 0), {add(1, 8), load(BPF_B, 0, 1, 7), leave()}})),
              (Program{move(0, 0x11), leave()}));
}

TEST(Specialise, NothingIsReadBeyondTheData) {
    const auto program = joined({address_of_data(1, 8), {load(BPF_DW, 0, 1, 8), leave()}});
    EXPECT_EQ(specialised(program), program);
    const auto before = joined({address_of_data(1, 0), {load(BPF_DW, 0, 1, -8), leave()}});
    EXPECT_EQ(specialised(before), before);
}

TEST(Specialise, AnotherMapStaysAsItIs) {
    auto program = joined({address_of_data(1, 0), {load(BPF_W, 0, 1, 0), leave()}});
    program[0].imm = kMap + 1;
    EXPECT_EQ(specialised(program), program);
}

TEST(Specialise, WhatIsDecidedIsNotAsked) {
    // r0 = 1 when the data is 5, else 2.
    EXPECT_EQ(
        specialised(joined({address_of_data(1, 0),
                            {load(BPF_W, 2, 1, 0), jump_if_equal(2, 5, 2), move(0, 2), leave(), move(0, 1), leave()}})),
        (Program{jump(0), move(0, 1), leave()}));
    EXPECT_EQ(
        specialised(joined({address_of_data(1, 0),
                            {load(BPF_W, 2, 1, 0), jump_if_equal(2, 6, 2), move(0, 2), leave(), move(0, 1), leave()}})),
        (Program{move(0, 2), leave()}));
}

TEST(Specialise, WaysThatDifferLeaveNothingKnown) {
    // r2 is 1 or 2, as the frame has it.
    const Program program = {load(BPF_W, 3, 1, 0), move(2, 1), jump_if_equal(3, 0, 1), move(2, 2), move(0, 0),
                             add_register(0, 2),   leave()};
    EXPECT_EQ(specialised(program), program);
}

TEST(Specialise, ALoopEndsWhereNothingMoreIsLearnt) {
    const Program program = {move(0, 0), add(0, 1), instruction(BPF_JMP | BPF_JLT | BPF_K, 0, 0, -2, 10), leave()};
    EXPECT_EQ(specialised(program), program);
}

TEST(Specialise, ACallForgetsItsRegistersAndTakesItsArguments) {
    EXPECT_EQ(specialised({move(1, 5), move(6, 7), call_helper(9), add_register(0, 6), leave()}),
              (Program{move(1, 5), call_helper(9), add(0, 7), leave()}));
}

TEST(Specialise, FunctionsThatNobodyCallsGo) {
    // The first calls one of two functions, which the data decides.
    const auto program = joined({address_of_data(6, 0),
                                 {load(BPF_W, 7, 6, 0), jump_if_equal(7, 5, 2), call_function(3), leave(),
                                  call_function(3), leave(), move(0, 1), leave(), move(0, 2), leave()}});
    EXPECT_EQ(specialised(program), (Program{jump(0), call_function(1), leave(), move(0, 2), leave()}));
}

TEST(Specialise, WhatNobodyReadsGoes) {
    EXPECT_EQ(specialised({move(3, 1), add(3, 2), load(BPF_DW, 4, 1, 0), move(0, 2), leave()}),
              (Program{move(0, 2), leave()}));
}

TEST(Specialise, AStoreIsKeptWhereItMayBeRead) {
    // Into a map or a frame; into the stack, read again; into the stack, of which a helper gets an address.
    const Program elsewhere = {store(BPF_DW, 2, 0, 1), move(0, 2), leave()};
    EXPECT_EQ(specialised(elsewhere), elsewhere);
    const Program again = {store(BPF_DW, 10, -16, 1), load(BPF_W, 0, 10, -12), leave()};
    EXPECT_EQ(specialised(again), again);
    const Program handed_out = {store(BPF_DW, 10, -8, 1), move_register(2, 10), add(2, -16), call_helper(9), leave()};
    EXPECT_EQ(specialised(handed_out), handed_out);
}

TEST(Specialise, AStoreGoesThatNothingCanRead) {
    EXPECT_EQ(specialised({store(BPF_DW, 10, -24, 1), store(BPF_DW, 10, -8, 1), move_register(2, 10), add(2, -16),
                           call_helper(9), leave()}),
              (Program{store(BPF_DW, 10, -8, 1), move_register(2, 10), add(2, -16), call_helper(9), leave()}));
    // Written anew before it is read.
    EXPECT_EQ(specialised({store(BPF_DW, 10, -8, 1), store(BPF_DW, 10, -8, 2), load(BPF_DW, 0, 10, -8), leave()}),
              (Program{store(BPF_DW, 10, -8, 2), load(BPF_DW, 0, 10, -8), leave()}));
}

TEST(Specialise, StoresStayWhereTheStackIsReachedInOtherWays) {
    const Program copied = {store(BPF_DW, 10, -24, 1), move_register(2, 10), load(BPF_DW, 0, 2, -24), leave()};
    EXPECT_EQ(specialised(copied), copied);
    const Program across = {store(BPF_DW, 10, -8, 1), store(BPF_DW, 10, -16, 1), load(BPF_DW, 0, 10, -12), leave()};
    EXPECT_EQ(specialised(across), across);
}

TEST(Specialise, TheKernelDividesByZeroAndShiftsTooFarItself) {
    const auto by = [](int operation, int source) { return instruction(BPF_ALU64 | operation | source, 0, 2, 0, 0); };
    for (const int operation : {BPF_DIV, BPF_MOD, BPF_LSH, BPF_RSH, BPF_ARSH}) {
        const Program program = {move(2, 0), load(BPF_W, 0, 1, 0), by(operation, BPF_X), leave()};
        EXPECT_EQ(specialised(program), program);
    }
    const Program shift = {move(2, 64), move(0, 1), by(BPF_LSH, BPF_X), leave()};
    EXPECT_EQ(specialised(shift), shift);
}

TEST(Specialise, ThirtyTwoBitsAreAllThatANarrowOperationSees) {
    const auto narrow = [](int operation, std::int32_t value) {
        return instruction(BPF_ALU | operation | BPF_K, 0, 0, 0, value);
    };
    EXPECT_EQ(specialised({move(0, -1), narrow(BPF_ADD, 1), leave()}), (Program{move(0, 0), leave()}));
    // Above what an instruction extends by its sign.
    EXPECT_EQ(specialised({move(0, 0), narrow(BPF_SUB, 1), leave()}),
              (Program{instruction(BPF_ALU | BPF_MOV | BPF_K, 0, 0, 0, -1), leave()}));
}

TEST(Specialise, AnAtomicOperationMayChangeItsRegister) {
    const Program program = {move(2, 5), instruction(BPF_STX | BPF_ATOMIC | BPF_DW, 1, 2, 0, BPF_ADD | BPF_FETCH),
                             move_register(0, 2), leave()};
    EXPECT_EQ(specialised(program), program);
}

}  // namespace
}  // namespace xdpsift::loader
