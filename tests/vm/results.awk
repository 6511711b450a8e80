# SPDX-License-Identifier: BSD-2-Clause
# Judges what the machine reported: prints each test's result by name, and what a failed or skipped one said. Fails when
# one failed, has no result, or was skipped where the kernel is known to have what it needs.
#   awk -v kernel=6.1 -v expected=FILE -v skips=FILE -f results.awk
# expected: "BINARY TEST" a line. skips: "KERNEL TEST" a line; a test that may be skipped on that kernel.

function report(verdict, name, rest) {
    printf "%-5s %-8s %s%s\n", kernel, verdict, name, rest
    fflush()
    count[verdict]++
}

function said() {
    if (output != "") printf "%s", output
    output = ""
}

function settle(verdict, rest) {
    if (verdict == "skipped" && !((kernel " " test) in may_skip)) {
        verdict = "FAILED"
        rest = rest ": skipped, but this kernel has what it needs"
    }
    report(verdict, program " " test, rest)
    if (verdict != "passed") said()
    else output = ""
    have[program " " test] = 1
    if (verdict == "FAILED") failed_in_program++
    test = ""
}

BEGIN {
    while ((getline line < expected) > 0) wanted[++wanted_count] = line
    while ((getline line < skips) > 0) {
        split(line, field, " ")
        if (line !~ /^#/ && line != "") may_skip[field[1] " " field[2]] = 1
    }
}

{ sub(/\r$/, "") }

/^== begin / {
    program = $3
    failed_in_program = 0
    output = ""
    next
}
/^== end / {
    if (test != "") settle("FAILED", ": " program " ended in the middle of it, with status " $4)
    if ($4 != 0 && !failed_in_program) {
        report("FAILED", program, ": ended with status " $4)
        said()
    } else if (program ~ /^script:/ && $4 == 0) {
        report("passed", program, "")
        said()
    }
    have[program] = 1
    program = ""
    next
}
/^== done/ {
    done = 1
    next
}
/^== broken/ {
    report("FAILED", substr($0, 4), "")
    next
}
/^\[ RUN      \] / {
    test = $4
    output = ""
    next
}
test != "" && match($0, /\[       OK \] |\[  FAILED  \] |\[  SKIPPED \] /) && / ms\)$/ {
    # A program's last word may lack its line's end.
    if (RSTART > 1) output = output substr($0, 1, RSTART - 1) "\n"
    word = substr($0, RSTART, RLENGTH)
    took = $0
    sub(/.*\(/, " (", took)
    settle(word ~ /OK/ ? "passed" : word ~ /SKIPPED/ ? "skipped" : "FAILED", took)
    next
}
/^\[(==========|----------|  PASSED  )\]/ { next }
program != "" { output = output "    " $0 "\n" }

END {
    if (test != "") settle("FAILED", ": the machine stopped in the middle of it")
    for (i = 1; i <= wanted_count; i++)
        if (!(wanted[i] in have)) report("FAILED", wanted[i], ": no result")
    if (!done) report("FAILED", "machine", ": it did not come to its end")
    if (count["passed"] + count["FAILED"] + count["skipped"] == 0) report("FAILED", "machine", ": no test was run")
    printf "%-5s %d passed, %d failed, %d skipped\n", kernel, count["passed"], count["FAILED"], count["skipped"]
    exit count["FAILED"] > 0
}
