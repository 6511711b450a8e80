# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by whatever needs Debian's packages: where this machine gets them from.

# A skip (77) where there is nothing to get them from, and their absence so no failure: on what is no Debian.
require_debian() {
    local id
    id=$(. /etc/os-release 2>/dev/null && echo "${ID:-}") || true
    [[ $id == debian || -n ${XDPSIFT_VM_MIRROR:-} ]] && return
    echo "${0##*/}: this is no Debian, whose packages it is made of: XDPSIFT_VM_MIRROR names a mirror of them"
    exit 77
}

# mirrors RELEASE: Debian's repositories among apt's, each once, as "URI SUITE"; or $XDPSIFT_VM_MIRROR. apt knows a
# repository's origin only after an update.
mirrors() {
    local release=$1 origin suite uri
    if [[ -n ${XDPSIFT_VM_MIRROR:-} ]]; then
        echo "$XDPSIFT_VM_MIRROR $release"
        return
    fi
    # shellcheck disable=SC2016  # apt's own variables
    apt-get indextargets --format '$(ORIGIN)|$(RELEASE)|$(REPO_URI)' 'Created-By: Packages' | sort -u |
        while IFS='|' read -r origin suite uri; do
            [[ $origin == Debian || $origin == '$(ORIGIN)' ]] || continue
            case $suite in
                *-security) echo "$uri $release-security" ;;
                *-*) ;;
                *) echo "$uri $release" ;;
            esac
        done | sort -u
}
