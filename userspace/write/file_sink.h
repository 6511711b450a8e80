// SPDX-License-Identifier: BSD-2-Clause
// An output of the operating system: a file, standard output, a FIFO, a device.
#pragma once

#include <memory>
#include <string>

#include "write/reserved_space.h"
#include "write/sink.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::write {

// Regular files are written in place and can be cut back, also where the shell redirects standard output to one.
// Everything else is written without ever blocking, and without O_NONBLOCK on a file description that is shared
// with other processes. SIGPIPE and SIGXFSZ must be ignored by the process.
class FileSink final : public Sink {
   public:
    // "-" is standard output. A file is created for its owner alone, and an existing one emptied. A terminal is
    // refused (ExitStatus::usage); what cannot be opened is ExitStatus::failed.
    static Result<std::unique_ptr<Sink>> open(const std::string& path);

    Result<std::size_t> write(std::span<const std::byte> bytes) override;
    Result<bool> cut_back(std::uint64_t length) override;
    Result<void> close() override;
    int wait_fd() const override { return kind_ == Kind::regular ? -1 : fd_.get(); }
    File file() const override { return kind_ == Kind::regular ? File{fd_.get(), start_} : File{}; }
    bool live_reader() const override { return live_reader_; }
    bool made() const override { return made_; }
    bool reader_closed() const override { return reader_closed_; }

   private:
    enum class Kind {
        regular,
        nonblocking,  // our own file description, O_NONBLOCK
        socket,       // MSG_DONTWAIT on each send
        polled,       // shared and blocking: poll, then no more than fits for sure
    };
    FileSink() = default;
    static Result<std::unique_ptr<Sink>> open_standard_output();
    static Result<std::unique_ptr<Sink>> open_path(const std::string& path);

    std::string name_;  // as messages show it
    UniqueFd fd_;
    Kind kind_ = Kind::regular;
    std::uint64_t start_ = 0;  // offset of the first byte of ours; > 0 after `>>`
    std::uint64_t end_ = 0;    // bytes of ours
    ReservedSpace space_;      // not of a file that others may write to as well
    bool made_ = false;
    bool live_reader_ = false;
    bool reader_closed_ = false;
};

}  // namespace xdpsift::write
