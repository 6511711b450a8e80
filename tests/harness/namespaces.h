// SPDX-License-Identifier: BSD-2-Clause
// Network namespaces with a veth pair between them. They belong to this process and vanish with it.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <thread>

#include "xdpsift/unique_fd.h"

namespace xdpsift::harness {

// The path of the ip command of iproute2; one that busybox runs itself is passed over.
const std::string& ip_command();

// A network namespace. Without a name nothing of it stands in the file system.
class Namespace {
   public:
    Namespace();
    // Known to `ip netns` by a name that no other process has.
    static Namespace named();
    Namespace(Namespace&&) noexcept = default;
    Namespace& operator=(Namespace&&) = delete;
    ~Namespace();

    int fd() const { return fd_.get(); }
    const std::string& name() const { return name_; }
    // A path that other processes can open as long as this one lives.
    std::string path() const;
    // Calls `work` on a thread inside the namespace, and waits. Sockets that it opens stay in the namespace.
    void inside(const std::function<void()>& work) const;
    // Does not keep it any longer: it goes when nothing else keeps it, a process or a socket in it.
    void let_go() { fd_.reset(); }
    // Feeds `commands` to `ip -batch` inside the namespace.
    void ip(const std::string& commands) const;

   private:
    explicit Namespace(std::string name);
    std::string name_;
    UniqueFd fd_;
};

struct VethOptions {
    unsigned queues = 1;          // of both ends, for sending and receiving
    unsigned receive_queues = 0;  // of xs1; 0: as many as queues
    unsigned mtu = 1500;
    bool ipv6 = false;         // off: no router solicitation, no multicast report disturbs the counts
    bool vlan_offload = true;  // off: tags stand in the frame
    bool named = false;        // the receiving namespace is known to `ip netns`
};

inline constexpr const char* kSenderInterface = "xs0";
inline constexpr const char* kReceiverInterface = "xs1";
inline constexpr const char* kSenderIpv4 = "192.0.2.1";
inline constexpr const char* kReceiverIpv4 = "192.0.2.2";
inline constexpr const char* kSenderIpv6 = "2001:db8::1";
inline constexpr const char* kReceiverIpv6 = "2001:db8::2";
inline constexpr const char* kReceiverMac = "02:00:00:00:00:02";

// xs0 in sender(), xs1 in receiver(), with addresses and fixed neighbours, so that no ARP goes over it.
// Ready: a frame has gone through in each direction.
class VethPair {
   public:
    explicit VethPair(const VethOptions& options = {});

    const Namespace& sender() const { return sender_; }
    const Namespace& receiver() const { return receiver_; }
    int receiver_index() const { return receiver_index_; }
    const std::string& receiver_interface() const { return receiver_interface_; }  // xs1, unless renamed
    // Packets that arrived at xs1 since it was made. Any thread.
    std::uint64_t delivered() const;
    void delete_receiver_interface() const;
    // It has to be down, or the kernel is one that renames a live interface.
    void rename_receiver_interface(const std::string& name);
    // Returns once a frame has gone through in each direction (EtherType 0x88b5): after a link went up again.
    void wait_until_ready() const;
    // With xs0 in it, and so the whole pair, unless something else keeps it.
    void let_sender_go() { sender_.let_go(); }

   private:
    void configure(const Namespace& space, const VethOptions& options, bool first) const;

    Namespace sender_;
    Namespace receiver_;
    std::string receiver_interface_ = kReceiverInterface;
    UniqueFd statistics_;
    int receiver_index_ = 0;
};

}  // namespace xdpsift::harness
