# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Runs the parts of scripts/test in two lanes, with a log for each, progress, counts, and a table at the
# end. Sourced after common.sh. A part is a function part_NAME (with _ for - and .) that prints what it
# does and returns 0. It returns 77 for "cannot run here"; its last line says why.
#
# The lanes (docs/adr/0003): one part that computes and one that mostly waits run side by side. A part
# whose tests measure time takes the place of one that computes, and has priority on the processors: all
# others are run with `nice`. Only this process prints, so the output of two parts does not mix.

CANNOT_RUN=77
PART_NAMES=()
declare -A PART_TITLE PART_NEEDS PART_LIMIT PART_LANE PART_RUNS PART_PACKAGES PART_STATE PART_SECONDS \
    PART_PASSED PART_FAILED PART_NOTE PART_PID PART_START PART_SHOWN PART_SLOT
SLOT_compute='' SLOT_wait=''
LOGS=${PARTS_LOGS:-$REPOSITORY/build/test}
PROGRESS_EVERY=${PROGRESS_EVERY:-30}
# Seconds that a stopped part has for its own cleaning up, before it is killed.
STOP_SECONDS=${STOP_SECONDS:-15}

# part NAME runs=quick|full|long lane=compute|wait|timed limit=SECONDS [needs=PART,...]
#      [packages=GROUP,...] TITLE: registers a part, in the order of running. `runs` is the smallest kind
# of run that includes it. packages.sh has the groups of packages.
# shellcheck disable=SC2034 # packages and kinds of runs are for those who source this
part() {
    local name=$1 field
    shift
    PART_NAMES+=("$name")
    PART_NEEDS[$name]='' PART_PACKAGES[$name]=''
    while (($# > 1)); do
        field=${1#*=}
        case $1 in
        runs=quick | runs=full | runs=long) PART_RUNS[$name]=$field ;;
        lane=compute | lane=wait | lane=timed) PART_LANE[$name]=$field ;;
        limit=*) PART_LIMIT[$name]=$field ;;
        needs=*) PART_NEEDS[$name]=${field//,/ } ;;
        packages=*) PART_PACKAGES[$name]=${field//,/ } ;;
        *) die "part $name: \"$1\" means nothing" ;;
        esac
        shift
    done
    PART_TITLE[$name]=$1
    [[ -n ${PART_RUNS[$name]:-} && -n ${PART_LANE[$name]:-} && -n ${PART_LIMIT[$name]:-} ]] ||
        die "part $name: runs, lane and limit must be given"
}

# parts_of_run quick|full|long: prints the names of that run's parts.
parts_of_run() {
    local name
    for name in "${PART_NAMES[@]}"; do
        case "$1 ${PART_RUNS[$name]}" in
        long\ * | full\ full | *\ quick) printf '%s\n' "$name" ;;
        esac
    done
}

# with_needs NAME...: prints these parts and all that they need, directly or not, in the order of
# running.
with_needs() {
    local -A chosen=()
    local waiting=("$@") name needed
    while ((${#waiting[@]} > 0)); do
        name=${waiting[0]}
        waiting=("${waiting[@]:1}")
        [[ -z ${chosen[$name]:-} ]] || continue
        [[ -n ${PART_TITLE[$name]:-} ]] || die "there is no part \"$name\" (scripts/test --list)"
        chosen[$name]=yes
        for needed in ${PART_NEEDS[$name]}; do
            waiting+=("$needed")
        done
    done
    for name in "${PART_NAMES[@]}"; do
        [[ -z ${chosen[$name]:-} ]] || printf '%s\n' "$name"
    done
}

# need_files PATH...: fails with a message if files of the part are not in this tree.
need_files() {
    local path
    for path in "$@"; do
        [[ -e $path ]] || {
            say "this tree has no $path"
            return 1
        }
    done
}

# counts LOG: prints "PASSED FAILED", added up over the lines in which test programs report, or nothing.
# It reads "N passed, N failed" and CppUnit's "OK (N...)" and "Run: N Failures: N Errors: N"; ctest adds
# a prefix "1: ".
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

last_line() { tr '\r' '\n' <"$1" 2>/dev/null | grep -av '^[[:space:]]*$' | tail -n 1 | cut -c1-100; }

# group_lives PID: whether a process of that group still exists.
group_lives() { kill -0 -- "-$1" 2>/dev/null; }

# stop_group PID...: ends the processes of these parts and all that they started in their groups. An
# interrupt comes first: Python and the scripts answer it by stopping the servers that they started.
stop_group() {
    local signal pid end
    for signal in INT TERM KILL; do
        for pid in "$@"; do
            kill "-$signal" -- "-$pid" 2>/dev/null || true
        done
        end=$((SECONDS + STOP_SECONDS))
        while ((SECONDS < end)); do
            for pid in "$@"; do
                ! group_lives "$pid" || break
            done
            group_lives "$pid" || return 0
            sleep 0.1
        done
    done
}

# For a trap: ends everything that runs.
stop_parts() {
    local name pids=()
    for name in "${!PART_PID[@]}"; do
        [[ -z ${PART_PID[$name]} ]] || pids+=("${PART_PID[$name]}")
    done
    ((${#pids[@]} == 0)) || stop_group "${pids[@]}"
}

# This process and what it starts get less processor time than the processes that are not nice.
be_nice() { env -u POSIXLY_CORRECT renice -n "$(($(nice) + 10))" -p "$BASHPID" >/dev/null 2>&1 || true; }

# start_part NAME SLOT
start_part() {
    local name=$1 function=part_${1//[-.]/_}
    say "== $name: ${PART_TITLE[$name]}"
    PART_STATE[$name]=running PART_START[$name]=$SECONDS PART_SHOWN[$name]=0 PART_SLOT[$name]=$2
    printf -v "SLOT_$2" '%s' "$name"
    set -m
    (
        set -euo pipefail
        cd "$REPOSITORY"
        [[ ${PART_LANE[$name]} == timed ]] || be_nice
        "$function"
    ) >"$LOGS/$name.log" 2>&1 </dev/null &
    PART_PID[$name]=$!
    set +m
}

# watch_part NAME: checks a running part; true when it has ended.
watch_part() {
    local name=$1 log=$LOGS/$1.log elapsed=$((SECONDS - PART_START[$1])) pid=${PART_PID[$1]} status=0
    if kill -0 "$pid" 2>/dev/null; then
        if ((elapsed < PART_LIMIT[$name])); then
            if ((elapsed >= PART_SHOWN[$name] + PROGRESS_EVERY)); then
                PART_SHOWN[$name]=$elapsed
                say "   $name, $(duration_text "$elapsed"): $(last_line "$log")"
            fi
            return 1
        fi
        stop_group "$pid"
        say "stopped after $(duration_text "$elapsed"), the limit of this part" >>"$log"
        wait "$pid" 2>/dev/null || true
        status=124
    else
        wait "$pid" 2>/dev/null || status=$?
    fi
    # Kills what it may have left in the background.
    kill -KILL -- "-$pid" 2>/dev/null || true
    PART_PID[$name]=
    printf -v "SLOT_${PART_SLOT[$name]}" ''
    finish_part "$name" "$status" "$((SECONDS - PART_START[$name]))"
}

# finish_part NAME STATUS SECONDS: stores the result of a part, from its status and its programs' counts.
finish_part() {
    local name=$1 status=$2 elapsed=$3 log=$LOGS/$1.log sums
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
    # A part that failed counts at least one failure, whatever its programs counted.
    if [[ ${PART_STATE[$name]} == failed ]] && ((${PART_FAILED[$name]:-0} == 0)); then
        PART_FAILED[$name]=1
    fi
    if [[ ${PART_STATE[$name]} == failed ]]; then
        say "   $name FAILED after $(duration_text "$elapsed"); the end of $log:"
        tail -n "${FAILURE_LINES:-80}" "$log" | sed "s/^/   $name | /"
    else
        say "   $name ${PART_STATE[$name]} in $(duration_text "$elapsed")${PART_NOTE[$name]:+: ${PART_NOTE[$name]}}"
    fi
}

note() {
    PART_STATE[$1]=$2
    PART_NOTE[$1]=$3
    PART_SECONDS[$1]=$4
    [[ $2 == failed ]] && PART_FAILED[$1]=${PART_FAILED[$1]:-1}
    return 0
}

# ready NAME: true when all that it needs has passed. If a need did not pass, NAME is noted as failed.
ready() {
    local needed
    for needed in ${PART_NEEDS[$1]}; do
        case ${PART_STATE[$needed]:-} in
        passed) ;;
        failed | skipped)
            note "$1" failed "not run, since $needed did not pass" 0
            return 1
            ;;
        *) return 1 ;;
        esac
    done
}

# run_parts NAME...: runs them in this order as far as lanes and needs allow, and fills the PART_ tables.
run_parts() {
    local name unfinished computing
    mkdir -p "$LOGS"
    while :; do
        unfinished=false computing=false
        for name in "$@"; do
            [[ ${PART_STATE[$name]:-} != running ]] || watch_part "$name" || true
            case ${PART_STATE[$name]:-} in
            '' | running)
                unfinished=true
                [[ ${PART_LANE[$name]} == wait ]] || computing=true
                ;;
            esac
        done
        $unfinished || return 0
        for name in "$@"; do
            if [[ -n ${PART_STATE[$name]:-} ]] || ! ready "$name"; then
                continue
            elif [[ ${PART_LANE[$name]} == wait && -z $SLOT_wait ]]; then
                start_part "$name" "wait"
            elif [[ -z $SLOT_compute ]] && { [[ ${PART_LANE[$name]} != wait ]] || ! $computing; }; then
                start_part "$name" compute # if nothing else computes, two may wait at a time
            fi
        done
        sleep 0.2
    done
}

# summary NAME...: prints the table, writes the same to times.tsv, and prints the line that a CI reads.
# False if anything failed.
summary() {
    local name passed=0 failed=0 skipped=0
    say ""
    printf '%-22s %-8s %8s %8s  %s\n' part result time passed "what was wrong"
    printf 'part\tresult\tseconds\tpassed\tfailed\tlane\n' >"$LOGS/times.tsv"
    for name in "$@"; do
        passed=$((passed + ${PART_PASSED[$name]:-0}))
        failed=$((failed + ${PART_FAILED[$name]:-0}))
        [[ ${PART_STATE[$name]} == skipped ]] && skipped=$((skipped + 1))
        printf '%-22s %-8s %6d s %8d  %s\n' "$name" "${PART_STATE[$name]}" "${PART_SECONDS[$name]}" \
            "${PART_PASSED[$name]:-0}" "${PART_NOTE[$name]}"
        printf '%s\t%s\t%d\t%d\t%d\t%s\n' "$name" "${PART_STATE[$name]}" "${PART_SECONDS[$name]}" \
            "${PART_PASSED[$name]:-0}" "${PART_FAILED[$name]:-0}" "${PART_LANE[$name]}" >>"$LOGS/times.tsv"
    done
    say "in all $(duration_text "$SECONDS")${SETUP_TEXT:+, $SETUP_TEXT}"
    say ""
    if ((skipped > 0)); then
        say "$passed passed, $failed failed, $skipped skipped"
    else
        say "$passed passed, $failed failed"
    fi
    ((failed == 0))
}
