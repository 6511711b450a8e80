// SPDX-License-Identifier: BSD-2-Clause
#include "write/tail_guard.h"

#include <fmt/format.h>
#include <limits.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "write/pcap.h"

namespace xdpsift::write {

// Memory of both processes; what the writer stored last is there also after its death.
struct TailGuard::Shared {
    std::atomic<std::uint64_t> whole{0};  // the file is whole up to here
    std::atomic<bool> ended{false};       // it ended in order
    std::atomic<bool> named{false};       // `path` is one
    char path[PATH_MAX]{};                // of the file last expected
};

namespace {

// The unit of st_blocks (stat(2)), and more than a file of any size takes for its last page and its lists of blocks.
constexpr std::uint64_t kStatBlockBytes = 512;
constexpr std::uint64_t kReservedAtLeast = 64 << 10;

// After fork(2) in a program that may have threads: nothing below allocates or takes a lock.

// Bytes of the block that starts with `head`; 0 when it cannot be one.
std::uint64_t block_size(Format format, bool first, const std::byte* head) {
    if (format == Format::pcap) return first ? pcap::kFileHeaderSize : pcap::packet_size_at(head);
    std::uint32_t size = 0;
    std::memcpy(&size, head + sizeof(std::uint32_t), sizeof(size));
    return size >= 12 && size % 4 == 0 ? size : 0;
}

void cut_to_whole_block(int fd, Format format, std::uint64_t start, std::uint64_t offset) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) return;
    const auto end = static_cast<std::uint64_t>(status.st_size);
    alignas(8) std::byte head[16];
    while (end - offset >= sizeof(head) &&
           ::pread(fd, head, sizeof(head), static_cast<off_t>(offset)) == static_cast<ssize_t>(sizeof(head))) {
        const std::uint64_t size = block_size(format, offset == start, head);
        if (size == 0 || size > end - offset) break;
        offset += size;
    }
    // What was reserved beyond the end goes with it (write/reserved_space.h).
    const bool reserved = static_cast<std::uint64_t>(status.st_blocks) * kStatBlockBytes > end + kReservedAtLeast;
    // A file that cannot be cut stays as it is: there is nobody left to tell.
    if (offset < end || reserved) (void)!::ftruncate(fd, static_cast<off_t>(offset));
}

// Links and devices stay, and so does whatever holds something.
void remove_if_empty(const char* path) {
    struct stat status {};
    if (::lstat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0) ::unlink(path);
}

void give_up_privileges() {
    // System calls, because the C library would ask each thread of the writer, none of which is here, to follow.
    const auto gid = ::getegid();
    const auto uid = ::geteuid();
    ::syscall(SYS_setresgid, gid, gid, gid);
    ::syscall(SYS_setresuid, uid, uid, uid);
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct none[2]{};
    ::syscall(SYS_capset, &header, none);
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

void close_all_but_standard_input() {
    if (::syscall(SYS_close_range, STDIN_FILENO + 1, std::numeric_limits<unsigned>::max(), 0) == 0) return;
    // A container's filter of system calls may not know the call, which is of Linux 5.9.
    constexpr rlim_t kMost = 1 << 20;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = kMost;
    for (rlim_t fd = STDIN_FILENO + 1; fd < std::min(limit.rlim_cur, kMost); fd++) ::close(static_cast<int>(fd));
}

// The next file and where it starts; false once the writer is gone.
bool receive_file(int socket, int& fd, std::uint64_t& start) {
    iovec data{&start, sizeof(start)};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    if (::recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != static_cast<ssize_t>(sizeof(start))) return false;
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return false;
    if (fd >= 0) ::close(fd);
    std::memcpy(&fd, CMSG_DATA(header), sizeof(fd));
    return true;
}

}  // namespace

Result<TailGuard> TailGuard::start(Format format) {
    const auto cannot = [] {
        return fail(ExitStatus::failed,
                    fmt::format("cannot start the guard of the file's end: {}", std::strerror(errno)));
    };
    TailGuard guard;
    void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return cannot();
    guard.shared_ = new (memory) Shared;
    int sockets[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) return cannot();
    guard.socket_.reset(sockets[0]);
    const UniqueFd child_socket(sockets[1]);
    guard.child_ = ::fork();
    if (guard.child_ < 0) return cannot();
    if (guard.child_ > 0) return guard;

    // What is meant for the writer or its group is not meant for the guard, and no file of the writer's stays open.
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, nullptr);
    ::setsid();
    if (::dup2(child_socket.get(), STDIN_FILENO) < 0) ::_exit(1);
    // With the writer's end open here as well, its closing would never be seen.
    guard.socket_.reset();
    close_all_but_standard_input();
    ::prctl(PR_SET_NAME, "xdpsift-tail", 0, 0, 0);
    give_up_privileges();
    int fd = -1;
    std::uint64_t start = 0;
    while (receive_file(STDIN_FILENO, fd, start)) {
    }
    const Shared& shared = *guard.shared_;
    if (fd >= 0 && !shared.ended.load()) {
        const std::uint64_t whole = shared.whole.load();
        cut_to_whole_block(fd, format, start, whole < start ? start : whole);
    }
    if (shared.named.load() && !shared.ended.load()) remove_if_empty(shared.path);
    ::_exit(0);
}

TailGuard::TailGuard(TailGuard&& other) noexcept
    : shared_(std::exchange(other.shared_, nullptr)),
      socket_(std::move(other.socket_)),
      child_(std::exchange(other.child_, -1)) {}

TailGuard::~TailGuard() {
    if (shared_ == nullptr) return;
    shared_->ended.store(true);
    socket_.reset();
    while (child_ > 0 && ::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
    }
    ::munmap(shared_, sizeof(Shared));
}

void TailGuard::expect(const std::string& path) {
    shared_->named.store(false);
    if (path.size() >= sizeof(shared_->path)) return;  // nothing can be opened there
    path.copy(shared_->path, path.size());
    shared_->path[path.size()] = '\0';
    shared_->named.store(true);
}

void TailGuard::watch(int fd, std::uint64_t offset) {
    // First, so that the child never takes the new file for whole up to where the old one was.
    settled(offset);
    std::uint64_t start = offset;
    iovec data{&start, sizeof(start)};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    // A guard that somebody killed is missed only if the writer is killed as well.
    (void)!::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
}

void TailGuard::settled(std::uint64_t offset) { shared_->whole.store(offset, std::memory_order_relaxed); }

}  // namespace xdpsift::write
