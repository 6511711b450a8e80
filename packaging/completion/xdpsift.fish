# SPDX-License-Identifier: BSD-2-Clause
# Completion of xdpsift for fish.

function __xdpsift_interfaces
    command ls /sys/class/net 2>/dev/null
end

function __xdpsift_namespaces
    command ls /run/netns 2>/dev/null
end

set -l protocols tcp udp icmp icmpv6 sctp gre esp ah igmp ospf pim vrrp dccp udplite ipip ipv6 l2tp
set -l capture '__fish_seen_subcommand_from capture'
set -l filter '__fish_seen_subcommand_from filter'
set -l filter_run '__fish_seen_subcommand_from filter; and __fish_seen_subcommand_from run'
set -l doctor '__fish_seen_subcommand_from doctor'

complete -c xdpsift -f
complete -c xdpsift -n __fish_use_subcommand -a capture -d 'Capture packets'
complete -c xdpsift -n __fish_use_subcommand -a doctor -d 'Check whether a capture can run here'
complete -c xdpsift -n __fish_use_subcommand -a filter -d 'Explain a filter, or run it on a capture file'
complete -c xdpsift -n __fish_use_subcommand -l version -d 'Print the version'
complete -c xdpsift -s h -l help -d 'Print the options'

complete -c xdpsift -n $capture -s i -l interface -x -a '(__xdpsift_interfaces)' -d 'Capture what enters this interface'
complete -c xdpsift -n $capture -l mode -x -a 'auto native generic' -d 'XDP attach mode'
complete -c xdpsift -n $capture -l netns -x -a '(__xdpsift_namespaces)' -d 'Network namespace that holds the interface'
complete -c xdpsift -n $capture -l src -r -d 'Source address: A, A/LEN, A-B or @FILE'
complete -c xdpsift -n $capture -l dst -r -d 'Destination address'
complete -c xdpsift -n $capture -l host -r -d 'Either address'
complete -c xdpsift -n $capture -l sport -x -d 'Source port: N or N-M'
complete -c xdpsift -n $capture -l dport -x -d 'Destination port'
complete -c xdpsift -n $capture -l port -x -d 'Either port'
complete -c xdpsift -n $capture -l proto -x -a "$protocols" -d Protocol
complete -c xdpsift -n $capture -l vlan -x -d 'VLAN id'
complete -c xdpsift -n $capture -s F -r -F -d 'The expression stands in this file'
complete -c xdpsift -n $capture -l sample-rate -x -d 'Keep 1 match in N'
complete -c xdpsift -n $capture -l sampler -x -a uniform -d 'Sampling method'
complete -c xdpsift -n $capture -l seed -x -d 'Seed of the sampler'
complete -c xdpsift -n $capture -s s -l snaplen -x -d 'Bytes kept of each packet'
complete -c xdpsift -n $capture -s c -l count -x -d 'End after N packets'
complete -c xdpsift -n $capture -l duration -x -d 'End after this time'
complete -c xdpsift -n $capture -l max-bytes -x -d 'End before more packet bytes are kept'
complete -c xdpsift -n $capture -l unlimited -d 'No limit on packets, time and bytes'
complete -c xdpsift -n $capture -l min-free-disk -x -d 'End before the disk has less room'
complete -c xdpsift -n $capture -s w -l write -r -F -d 'Capture file, - is standard output'
complete -c xdpsift -n $capture -l format -x -a 'pcapng pcap' -d 'File format'
complete -c xdpsift -n $capture -l file-size -x -d 'Begin a new file before this size'
complete -c xdpsift -n $capture -l file-count -x -d 'Keep the newest N files'
complete -c xdpsift -n $capture -l summary -r -F -d 'Write the summary as JSON'
complete -c xdpsift -n $capture -l ready-file -r -F -d 'Create this file once the capture is live'
complete -c xdpsift -n $capture -l ring -x -a 'perf bpf' -d 'Kind of ring'
complete -c xdpsift -n $capture -l ring-size -x -d 'Bytes of the ring for each CPU'
complete -c xdpsift -n $capture -l lock -r -F -d 'Exit at once when another run holds this lock'
complete -c xdpsift -n $capture -s Z -l drop-to -x -a '(__fish_complete_users)' -d 'Go on as this user'
complete -c xdpsift -n $capture -l fail-on-loss -d 'Exit status 6 when packets were lost'
complete -c xdpsift -n $capture -s q -l quiet -d 'Only errors'
complete -c xdpsift -n $capture -s v -l verbose -d 'More output'

complete -c xdpsift -n $doctor -s i -l interface -x -a '(__xdpsift_interfaces)' -d 'Interface to examine'
complete -c xdpsift -n $doctor -l netns -x -a '(__xdpsift_namespaces)' -d 'Network namespace that holds the interface'
complete -c xdpsift -n $doctor -l json -d 'Print one JSON object'

complete -c xdpsift -n "$filter; and not __fish_seen_subcommand_from explain run" -a explain -d 'Tell what a filter becomes'
complete -c xdpsift -n "$filter; and not __fish_seen_subcommand_from explain run" -a run -d 'Run it on a capture file'
complete -c xdpsift -n $filter -l src -r -d 'Source address: A, A/LEN, A-B or @FILE'
complete -c xdpsift -n $filter -l dst -r -d 'Destination address'
complete -c xdpsift -n $filter -l host -r -d 'Either address'
complete -c xdpsift -n $filter -l sport -x -d 'Source port: N or N-M'
complete -c xdpsift -n $filter -l dport -x -d 'Destination port'
complete -c xdpsift -n $filter -l port -x -d 'Either port'
complete -c xdpsift -n $filter -l proto -x -a "$protocols" -d Protocol
complete -c xdpsift -n $filter -l vlan -x -d 'VLAN id'
complete -c xdpsift -n $filter -s F -r -F -d 'The expression stands in this file'
complete -c xdpsift -n $filter -l json -d 'Print one JSON object'
complete -c xdpsift -n $filter -s v -l verbose -d 'More output'
complete -c xdpsift -n "$filter_run" -s r -l read -r -F -d 'Capture file, - is standard input'
complete -c xdpsift -n "$filter_run" -s w -l write -r -F -d 'Write what matches, - is standard output'
complete -c xdpsift -n "$filter_run" -l verify -d 'Ask libpcap about each frame too'
