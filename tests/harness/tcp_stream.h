// SPDX-License-Identifier: BSD-2-Clause
// One TCP connection that carries bytes from the sender's namespace to the receiver's all the time.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "harness/sockets.h"

namespace xdpsift::harness {

class TcpStream {
   public:
    TcpStream(const VethPair& veth, std::uint16_t port);
    TcpStream(const TcpStream&) = delete;
    TcpStream& operator=(const TcpStream&) = delete;
    ~TcpStream();

    // Ends the stream and waits until the receiver has it all. HarnessError when the connection broke, or other bytes
    // came out than went in.
    void finish();
    std::uint64_t received_bytes() const { return received_; }

   private:
    void send();
    void receive();
    void fail(const std::string& what);

    TcpConnection connection_;
    std::atomic<bool> stopping_ = false;
    std::uint64_t sent_ = 0;
    std::atomic<std::uint64_t> received_ = 0;
    std::mutex mutex_;  // guards failure_
    std::string failure_;
    std::thread sender_;
    std::thread receiver_;
};

}  // namespace xdpsift::harness
