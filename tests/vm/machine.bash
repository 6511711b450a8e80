# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by `run`: boots a kernel with an initramfs.

# boot_machine ACCELERATOR LIMIT_SECONDS KERNEL INITRAMFS CONSOLE_LOG [KERNEL_ARGUMENT...]
# The kernel's console goes into CONSOLE_LOG, the second serial port to standard output. While the machine runs, its
# process id stands in CONSOLE_LOG.pid.
boot_machine() {
    local accelerator=$1 limit_s=$2 kernel=$3 initramfs=$4 console=$5 cpu=max
    shift 5
    # A CPU is not stuck that waits for a busy host: it has a minute to go on.
    local arguments=(console=ttyS0 loglevel=5 panic=-1 oops=panic nokaslr mitigations=off random.trust_cpu=on
                     rcupdate.rcu_cpu_stall_timeout=60 watchdog_thresh=60 "$@")
    if [[ $accelerator == kvm ]]; then
        cpu=host
        arguments+=(tsc=reliable)
    else
        # Five-level page tables only make an emulated memory access dearer. The kernel measures the TSC's frequency
        # while it boots, and is wrong by a factor of two to fifteen where the host is busy just then: deadlines pass
        # too early, and CPUs are taken for stuck. The HPET's frequency is known.
        cpu=max,la57=off
        arguments+=(tsc=unstable clocksource=hpet)
    fi
    rm -f "$console" "$console.pid"
    timeout --kill-after=5 "$limit_s" qemu-system-x86_64 -machine "q35,accel=$accelerator" -cpu "$cpu" \
        -smp "${XDPSIFT_VM_CPUS:-2}" -m "${XDPSIFT_VM_MEMORY:-1024}" -nodefaults -no-user-config -no-reboot \
        -display none -pidfile "$console.pid" \
        -kernel "$kernel/vmlinuz" -initrd "$initramfs" -append "${arguments[*]}" \
        -serial "file:$console" -chardev stdio,id=results,signal=off -serial chardev:results </dev/null
}

# kvm where a short boot succeeds with it, tcg otherwise: /dev/kvm may open and be of no use all the same.
# usable_accelerator KERNEL INITRAMFS CONSOLE_LOG
usable_accelerator() {
    local kernel=$1 initramfs=$2 console=$3
    if [[ -w /dev/kvm ]] &&
        boot_machine kvm 20 "$kernel" "$initramfs" "$console" xdpsift.probe 2>/dev/null | grep -q '^== alive'; then
        echo kvm
    else
        echo tcg
    fi
}
