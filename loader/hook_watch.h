// SPDX-License-Identifier: BSD-2-Clause
// Whether an attachment is still what it was. Who may detach a BPF link by its id, or change its program, does so
// without a word to the process that holds it.
#pragma once

#include <string>

#include "xdpsift/unique_fd.h"

namespace xdpsift::loader {

class HookWatch {
   public:
    // Of a link that has just been attached. Where /proc does not show it, intact() stays true.
    static HookWatch open(int link_fd);

    // False once the link is detached or runs another program. Needs no privilege; may wait while the kernel changes
    // network interfaces.
    bool intact() const;

   private:
    // The lines of fdinfo that say which program is on which interface.
    std::string state() const;

    UniqueFd fdinfo_;
    std::string attached_state_;
};

}  // namespace xdpsift::loader
