# SPDX-License-Identifier: BSD-2-Clause
# Every library and tool from outside, found once. scripts/packages names them for each distribution;
# the versions are those of the oldest one.
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBBPF REQUIRED IMPORTED_TARGET libbpf>=1.1)
pkg_check_modules(LIBPCAP REQUIRED IMPORTED_TARGET libpcap>=1.10)
pkg_check_modules(LIBCAP_NG REQUIRED IMPORTED_TARGET libcap-ng)
pkg_check_modules(LIBSECCOMP REQUIRED IMPORTED_TARGET libseccomp>=2.5)
find_package(CLI11 2.1 REQUIRED)
find_package(fmt 8.1 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(tl-expected 1.0 REQUIRED)

find_program(BPF_CLANG NAMES clang REQUIRED)
# Ubuntu 24.04 has a bpftool for each kernel, and in /usr/sbin a script that insists on the running one's: any will do.
file(GLOB kernel_tools /usr/lib/linux-tools/*)
find_program(BPFTOOL NAMES bpftool HINTS ${kernel_tools} PATHS /usr/sbin /sbin REQUIRED)
