# SPDX-License-Identifier: BSD-2-Clause
# Completion of xdpsift for bash.

_xdpsift_protocols='tcp udp icmp icmpv6 sctp gre esp ah igmp ospf pim vrrp dccp udplite ipip ipv6 l2tp'

_xdpsift_interfaces() {
    local path names=''
    for path in /sys/class/net/*; do
        [ -e "$path" ] && names+=" ${path##*/}"
    done
    printf '%s' "$names"
}

_xdpsift_namespaces() {
    local path names=''
    for path in /run/netns/*; do
        [ -e "$path" ] && names+=" ${path##*/}"
    done
    printf '%s' "$names"
}

# Sets COMPREPLY from a list of words, or from file names.
_xdpsift_words() {
    local word
    COMPREPLY=()
    while IFS='' read -r word; do
        COMPREPLY+=("$word")
    done < <(compgen -W "$1" -- "$2")
}

_xdpsift_files() {
    local word
    compopt -o filenames 2>/dev/null
    COMPREPLY=()
    while IFS='' read -r word; do
        COMPREPLY+=("$word")
    done < <(compgen -f -- "$1")
}

_xdpsift_capture_value() {
    local option=$1 word=$2
    case $option in
        -i | --interface) _xdpsift_words "$(_xdpsift_interfaces)" "$word" ;;
        --mode) _xdpsift_words 'auto native generic' "$word" ;;
        --netns) _xdpsift_words "$(_xdpsift_namespaces)" "$word" ;;
        --proto) _xdpsift_words "$_xdpsift_protocols" "$word" ;;
        --sampler) _xdpsift_words 'uniform' "$word" ;;
        --format) _xdpsift_words 'pcapng pcap' "$word" ;;
        --ring) _xdpsift_words 'perf bpf' "$word" ;;
        # @ stands alone before a file of a list, since readline breaks words there unless it was told otherwise.
        -F | -w | --write | --summary | --ready-file | --lock | @) _xdpsift_files "$word" ;;
        -Z | --drop-to) _xdpsift_words "$(compgen -u)" "$word" ;;
        --src | --dst | --host)
            if [[ $word == @* ]]; then
                _xdpsift_files "${word#@}"
                COMPREPLY=("${COMPREPLY[@]/#/@}")
            fi
            ;;
        --sport | --dport | --port | --vlan | --sample-rate | --seed | -s | --snaplen | -c | --count | --duration) ;;
        --max-bytes | --min-free-disk | --file-size | --file-count | --ring-size) ;;
        *) return 1 ;;
    esac
}

_xdpsift_filter_value() {
    local option=$1 word=$2
    case $option in
        -r | --read) _xdpsift_files "$word" ;;
        *) _xdpsift_capture_value "$option" "$word" ;;
    esac
}

_xdpsift() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        _xdpsift_words 'capture doctor filter --help --version' "$word"
        return
    fi
    case ${COMP_WORDS[1]} in
        capture)
            _xdpsift_capture_value "$previous" "$word" && return
            _xdpsift_words '--interface --mode --netns --src --dst --host --sport --dport --port --proto --vlan -F
                --sample-rate --sampler --seed --snaplen --count --duration --max-bytes --unlimited --min-free-disk
                --write --format --file-size --file-count --summary --ready-file --ring --ring-size --lock
                --drop-to --fail-on-loss --quiet --verbose --help ' "$word"
            ;;
        filter)
            if ((COMP_CWORD == 2)); then
                _xdpsift_words 'explain run --help' "$word"
                return
            fi
            _xdpsift_filter_value "$previous" "$word" && return
            case ${COMP_WORDS[2]} in
                explain)
                    _xdpsift_words '--src --dst --host --sport --dport --port --proto --vlan
                        --json --verbose --help ' "$word"
                    ;;
                run)
                    _xdpsift_words '--read --write --src --dst --host --sport --dport --port --proto --vlan
                        --verify --json --verbose --help ' "$word"
                    ;;
            esac
            ;;
        doctor)
            case $previous in
                -i | --interface) _xdpsift_words "$(_xdpsift_interfaces)" "$word" ;;
                --netns) _xdpsift_words "$(_xdpsift_namespaces)" "$word" ;;
                *) _xdpsift_words '--interface --netns --json --help' "$word" ;;
            esac
            ;;
    esac
}

complete -F _xdpsift xdpsift
