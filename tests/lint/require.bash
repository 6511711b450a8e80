# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by the checks: require TOOL skips the check, naming the tool, where it is not installed.
require() {
    if ! command -v "$1" >/dev/null; then
        echo "skipped: $1 is not installed (scripts/install-packages test)"
        exit 77
    fi
}

# Every file of the project below SOURCE, one a line; build folders and git's own are left out.
project_files() {
    find "$1" -mindepth 1 \( -name .git -o -name 'build' -o -name 'build-*' \) -prune -o -type f -print | sort
}
