# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Runs the parts of scripts/test one after the other: a log each, progress, counts, a table at the
# end. Sourced after common.sh. A part is a function part_NAME (with _ for -) that prints what it
# does and returns 0; or 77 for "cannot run here", its last line saying why.

CANNOT_RUN=77
PART_NAMES=()
declare -A PART_TITLE PART_NEEDS PART_LIMIT PART_LONG PART_STATE PART_SECONDS PART_PASSED PART_FAILED PART_NOTE
LOGS=$REPOSITORY/build/test
PROGRESS_EVERY=${PROGRESS_EVERY:-30}

# part NAME LIMIT_SECONDS NEEDS|- TITLE: registers one, in the order of running.
part() {
    PART_NAMES+=("$1")
    PART_LIMIT[$1]=$2
    PART_NEEDS[$1]=${3#-}
    PART_TITLE[$1]=$4
}
# long_part ...: the same, run only with --long or when asked for by name.
long_part() {
    part "$@"
    # shellcheck disable=SC2034 # read by scripts/test
    PART_LONG[$1]=yes
}

# need_files PATH...: a part whose files are not in this tree fails by saying so.
need_files() {
    local path
    for path in "$@"; do
        [[ -e $path ]] || {
            say "this tree has no $path"
            return 1
        }
    done
}

# counts LOG: "PASSED FAILED" over the lines in which test programs sum up, or nothing. Understood:
# "N passed, N failed" and CppUnit's "OK (N...)" and "Run: N Failures: N Errors: N"; a prefix "1: "
# is ctest's.
counts() {
    awk '
        { sub(/\r$/, ""); sub(/^[0-9]+: /, "") }
        /^[0-9]+ passed, [0-9]+ failed/ { passed += $1; failed += $3; seen = 1 }
        /^OK \([0-9]+/ { all = $2; gsub(/[^0-9]/, "", all); passed += all; seen = 1 }
        /Run: *[0-9]+ +Failures?( total)?: *[0-9]+ +Errors: *[0-9]+/ {
            line = $0; gsub(/[^0-9]+/, " ", line); split(line, n, " ")
            bad = n[2] + n[3]; passed += n[1] - bad; failed += bad; seen = 1
        }
        END { if (seen) print passed + 0, failed + 0 }' "$1"
}

last_line() { tr '\r' '\n' <"$1" 2>/dev/null | grep -v '^[[:space:]]*$' | tail -n 1 | cut -c1-100; }

# Ends the processes of the part that runs, and of what it started in its group.
stop_part() {
    [[ -n ${PART_PID:-} ]] || return 0
    kill -TERM -- "-$PART_PID" 2>/dev/null || true
    sleep 2
    kill -KILL -- "-$PART_PID" 2>/dev/null || true
    PART_PID=
}

# run_part NAME: fills the PART_ tables.
run_part() {
    local name=$1 log=$LOGS/$1.log status=0 start=$SECONDS elapsed shown=0 needed sums
    for needed in ${PART_NEEDS[$name]}; do
        if [[ ${PART_STATE[$needed]:-} != passed ]]; then
            note "$name" failed "not run, since $needed did not pass" 0
            return
        fi
    done
    say "== $name: ${PART_TITLE[$name]}"
    mkdir -p "$LOGS"
    set -m
    (
        set -euo pipefail
        cd "$REPOSITORY"
        "part_${name//-/_}"
    ) >"$log" 2>&1 </dev/null &
    PART_PID=$!
    set +m
    while kill -0 "$PART_PID" 2>/dev/null; do
        sleep 0.2
        elapsed=$((SECONDS - start))
        if ((elapsed >= PART_LIMIT[$name])); then
            stop_part
            say "stopped after $(duration_text "$elapsed"), the limit of this part" >>"$log"
            break
        fi
        if ((elapsed >= shown + PROGRESS_EVERY)); then
            shown=$elapsed
            say "   $(duration_text "$elapsed"): $(last_line "$log")"
        fi
    done
    wait "$!" 2>/dev/null || status=$?
    PART_PID=
    elapsed=$((SECONDS - start))

    sums=$(counts "$log")
    if ((status == CANNOT_RUN)); then
        if $STRICT; then
            note "$name" failed "cannot run: $(last_line "$log")" "$elapsed"
        else
            note "$name" skipped "$(last_line "$log")" "$elapsed"
        fi
    elif ((status == 0)) && [[ -z $sums || ${sums#* } == 0 ]]; then
        note "$name" passed "" "$elapsed"
    else
        note "$name" failed "$(last_line "$log")" "$elapsed"
    fi
    if [[ -n $sums ]]; then
        PART_PASSED[$name]=${sums% *}
        PART_FAILED[$name]=${sums#* }
    elif [[ ${PART_STATE[$name]} == passed ]]; then
        PART_PASSED[$name]=1
    fi
    # A part that ended badly counts at least once, whatever its programs summed up.
    if [[ ${PART_STATE[$name]} == failed ]] && ((${PART_FAILED[$name]:-0} == 0)); then
        PART_FAILED[$name]=1
    fi
    if [[ ${PART_STATE[$name]} == failed ]]; then
        say "   FAILED; the end of $log:"
        tail -n "${FAILURE_LINES:-80}" "$log" | sed 's/^/   | /'
    else
        say "   ${PART_STATE[$name]} in $(duration_text "$elapsed")${PART_NOTE[$name]:+: ${PART_NOTE[$name]}}"
    fi
}

note() {
    PART_STATE[$1]=$2
    PART_NOTE[$1]=$3
    PART_SECONDS[$1]=$4
    [[ $2 == failed ]] && PART_FAILED[$1]=${PART_FAILED[$1]:-1}
    return 0
}

# summary NAME...: the table, and the line that a CI reads. False if anything failed.
summary() {
    local name passed=0 failed=0 skipped=0
    say ""
    printf '%-22s %-8s %8s %8s  %s\n' part result time passed "what was wrong"
    for name in "$@"; do
        passed=$((passed + ${PART_PASSED[$name]:-0}))
        failed=$((failed + ${PART_FAILED[$name]:-0}))
        [[ ${PART_STATE[$name]} == skipped ]] && skipped=$((skipped + 1))
        printf '%-22s %-8s %6d s %8d  %s\n' "$name" "${PART_STATE[$name]}" "${PART_SECONDS[$name]}" \
            "${PART_PASSED[$name]:-0}" "${PART_NOTE[$name]}"
    done
    printf 'in all %s\n\n' "$(duration_text "$SECONDS")"
    if ((skipped > 0)); then
        say "$passed passed, $failed failed, $skipped skipped"
    else
        say "$passed passed, $failed failed"
    fi
    ((failed == 0))
}
