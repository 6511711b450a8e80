# SPDX-License-Identifier: BSD-2-Clause
# One target for each box of the architecture, so that an include that is not allowed does not link.
#   xdpsift_box(NAME SOURCES ... [USES targets that its headers show ...] [NEEDS targets inside ...])

function(xdpsift_warnings target)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
    if(XDPSIFT_DEVELOPMENT)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
endfunction()

function(xdpsift_box name)
    cmake_parse_arguments(BOX "" "" "SOURCES;USES;NEEDS" ${ARGN})
    add_library(xdpsift_${name} STATIC ${BOX_SOURCES})
    # Headers are included as "folder/file.h".
    target_include_directories(xdpsift_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/..)
    target_link_libraries(xdpsift_${name} PUBLIC xdpsift_include ${BOX_USES} PRIVATE fmt::fmt ${BOX_NEEDS})
    xdpsift_warnings(xdpsift_${name})
endfunction()
