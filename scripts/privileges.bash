# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by the scripts beside it: as_root COMMAND... runs a command as root, by sudo where that is needed.

as_root() {
    if [[ $EUID -eq 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -- "$@"
    else
        echo "${0##*/}: this needs root, and there is no sudo here: run it as root" >&2
        exit 1
    fi
}

# An ordinary user's PATH leaves out where Debian keeps ip, bpftool and tcpdump.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
# Part of every Debian, unlike the locales that the caller's environment may name.
export LC_ALL=C.UTF-8
