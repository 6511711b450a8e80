# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by `kernel` and `fresh`: where this machine gets Debian's packages from.

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
