# SPDX-License-Identifier: BSD-2-Clause
# Compiles NAME.bpf.c for the kernel and makes a library NAME_skeleton that embeds it. The headers that it
# includes are tracked; the build machine's kernel and its BTF are not looked at.
#   xdpsift_bpf_object(NAME [OPTIONS compiler options ...] [SOURCE file])

execute_process(COMMAND ${CMAKE_C_COMPILER} -print-multiarch OUTPUT_VARIABLE BPF_MULTIARCH
                OUTPUT_STRIP_TRAILING_WHITESPACE)

function(xdpsift_bpf_object name)
    cmake_parse_arguments(BPF "" "SOURCE" "OPTIONS" ${ARGN})
    if(NOT BPF_SOURCE)
        set(BPF_SOURCE ${name}.bpf.c)
    endif()
    set(source ${CMAKE_CURRENT_SOURCE_DIR}/${BPF_SOURCE})
    set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.o)
    set(skeleton ${CMAKE_CURRENT_BINARY_DIR}/${name}.skel.h)
    set(include_flags -I${CMAKE_SOURCE_DIR}/include)
    if(BPF_MULTIARCH)
        list(APPEND include_flags -idirafter /usr/include/${BPF_MULTIARCH})
    endif()
    add_custom_command(
        OUTPUT ${object}
        COMMAND ${BPF_CLANG} -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror ${include_flags} ${BPF_OPTIONS}
                -MD -MF ${object}.d -MT ${object} -c ${source} -o ${object}
        DEPENDS ${source}
        DEPFILE ${object}.d
        COMMENT "BPF ${BPF_SOURCE}"
        VERBATIM)
    add_custom_command(
        OUTPUT ${skeleton}
        COMMAND ${BPFTOOL} gen skeleton ${object} name ${name} > ${skeleton}
        DEPENDS ${object}
        COMMENT "skeleton ${name}.skel.h"
        VERBATIM)
    add_custom_target(${name}_skeleton_file DEPENDS ${skeleton})
    add_library(${name}_skeleton INTERFACE)
    add_dependencies(${name}_skeleton ${name}_skeleton_file)
    target_include_directories(${name}_skeleton SYSTEM INTERFACE ${CMAKE_CURRENT_BINARY_DIR})
    target_link_libraries(${name}_skeleton INTERFACE PkgConfig::LIBBPF)
endfunction()
