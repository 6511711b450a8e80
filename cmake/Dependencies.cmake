# SPDX-License-Identifier: BSD-2-Clause
# Every library and tool from outside, found once. All are packages of Debian 12 (scripts/install-packages).
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBBPF REQUIRED IMPORTED_TARGET libbpf>=1.1)
pkg_check_modules(LIBPCAP REQUIRED IMPORTED_TARGET libpcap>=1.10)
pkg_check_modules(LIBCAP_NG REQUIRED IMPORTED_TARGET libcap-ng)
pkg_check_modules(LIBSECCOMP REQUIRED IMPORTED_TARGET libseccomp>=2.5)
find_package(CLI11 2.1 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(tl-expected 1.0 REQUIRED)

find_program(BPF_CLANG NAMES clang REQUIRED)
find_program(BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin REQUIRED)
