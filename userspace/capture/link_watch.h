// SPDX-License-Identifier: BSD-2-Clause
// Tells when an interface goes away (rtnetlink(7)).
#pragma once

#include "xdpsift/result.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::capture {

class LinkWatch {
   public:
    // In the calling thread's network namespace.
    static Result<LinkWatch> open(int interface_index);

    int fd() const { return fd_.get(); }
    // Whether the interface was deleted or moved to another namespace; reads what has come, does not block.
    bool gone();

   private:
    void ask();

    UniqueFd fd_;
    int interface_index_ = 0;
    bool gone_ = false;
};

}  // namespace xdpsift::capture
