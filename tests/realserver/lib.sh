# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # the scripts that source this use its variables
#
# lib.sh: functions shared by the scripts of this folder. It is sourced, never run.
#
# Files of a rig, all below the folder RIG = DIR/infra-rig, where DIR is what --dir says:
#   RIG/server/           the running server: configuration, keys, certificates, pid files, HOME
#   RIG/server/rig.env    the answer of `infra-server env`; it exists only once start succeeded
#   RIG/server/pg.path    the folder of the PostgreSQL cluster (see pg_place in infra-server)
#   RIG/connectors/NAME/  a running connector
#   RIG/logs/             server.log, postgres.log, connector-NAME.log; they stay after a stop
# The lock is taken on the folder RIG itself, so no lock file is left behind.

set -euo pipefail
umask 077
unset CDPATH
export LC_ALL=C

here=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd -P)
readonly here
# The version that infra/go.mod pins.
readonly infra_version=0.21.0
# A child process gets only this PATH from our environment.
readonly safe_path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

die() {
    say "$*"
    exit 1
}

# need COMMAND PACKAGE: refuses if COMMAND is missing.
need() {
    command -v "$1" >/dev/null || die "the command $1 is missing: install the package $2"
}

# value OPTION [VALUE]...: prints the value that follows an option on the command line.
value() {
    [[ -n ${2:-} ]] || die "$1 needs a value"
    printf '%s' "$2"
}

# quote TEXT: prints TEXT as one word for any POSIX shell.
quote() { printf "'%s'" "${1//\'/\'\\\'\'}"; }

# random_text N: prints N random letters and digits.
random_text() {
    local text=''
    while ((${#text} < $1)); do
        text+=$(openssl rand -base64 48 | tr -dc 'A-Za-z0-9')
    done
    printf '%s' "${text:0:$1}"
}

# show_log FILE: prints the end of a log, for finding out why a start failed.
show_log() {
    [[ -s $1 ]] || return 0
    say "the end of $1:"
    tail -n 15 -- "$1" | sed 's/^/    /' >&2
}

# check_dir DIR: refuses paths that need quotes; the configuration files of sshd and the server cannot
# quote a path.
check_dir() {
    [[ -n $1 ]] || die "--dir is required: the folder that holds everything of this rig"
    [[ $1 =~ ^[A-Za-z0-9._/+@=:-]+$ && $1 != -* ]] ||
        die "--dir must be a path of letters, digits and . _ / + @ = : - only, not $(quote "$1")"
}

# lock_rig RIG: lets only one script at a time change a rig. Held (as descriptor 9) until this script
# ends.
lock_rig() {
    exec 9<"$1"
    flock -w 300 9 || die "another start or stop has been working on $1 for 5 minutes"
}

# --- processes -------------------------------------------------------------------------------
# A pid file holds "PID STARTTIME". The pair stays unique even if the kernel uses the pid again, so a
# stop never ends another process.

# process_start PID: prints when the process started, in the kernel's ticks; fails if it has ended.
process_start() {
    local stat
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    read -ra stat <<<"${stat##*) }"
    [[ ${stat[0]} != [ZX] ]] || return 1
    printf '%s' "${stat[19]}"
}

# running PIDFILE
running() {
    local pid start
    [[ -s $1 ]] && read -r pid start <"$1" && [[ $(process_start "$pid") == "$start" ]]
}

# launch PIDFILE LOG FOLDER COMMAND...: starts COMMAND in FOLDER in a session of its own, without a
# terminal. The process writes its own pid file before it becomes COMMAND, so a running process can
# always be found.
launch() {
    local pidfile=$1 log=$2 folder=$3 tries=100
    shift 3
    rm -f -- "$pidfile"
    # shellcheck disable=SC2016
    (cd -- "$folder" && exec setsid --fork bash -c '
        read -r stat </proc/$$/stat
        read -ra stat <<<"${stat##*) }"
        echo "$$ ${stat[19]}" >"$0.new"
        mv -- "$0.new" "$0"
        exec "$@"' "$pidfile" "$@" </dev/null >>"$log" 2>&1 9>&-)
    until [[ -s $pidfile ]]; do
        ((tries-- > 0)) || return 1
        sleep 0.05
    done
}

# end PIDFILE SIGNAL: ends the process, by SIGNAL and after 10 seconds by force, and waits for it.
end() {
    local pid _ signal tries=100
    if running "$1"; then
        read -r pid _ <"$1"
        for signal in "$2" KILL; do
            kill -s "$signal" "$pid" 2>/dev/null || true
            tries=100
            while running "$1" && ((tries-- > 0)); do sleep 0.1; done
            running "$1" || break
        done
        ! running "$1" || die "process $pid does not end, not even by SIGKILL"
    fi
    rm -f -- "$1"
}

# --- the server of a rig -----------------------------------------------------------------------

# load_rig RIG: loads the INFRA_TEST_* variables of a running rig.
load_rig() {
    [[ -s $1/server/rig.env ]] ||
        die "no Infra server runs for ${1%/*}: use infra-server start --dir ${1%/*}"
    # shellcheck disable=SC1091
    . "$1/server/rig.env"
}

# rig_curl PATH [OPTION...]: sends a request as the rig's administrator. The key is in a file, because
# everybody on the machine can read a command line.
rig_curl() {
    local path=$1
    shift
    curl -q --silent --show-error --noproxy '*' --max-time 20 --cacert "$INFRA_TEST_CA_FILE" \
        --header 'Infra-Version: 0.20.0' --header "@$INFRA_TEST_ADMIN_HEADER_FILE" \
        "$@" "$INFRA_TEST_URL$path"
}

# rig_sql [STATEMENT]: runs SQL (from standard input without STATEMENT) in the server's database.
# Prints rows as bare values and, for a change, its tag such as "UPDATE 1".
rig_sql() {
    local from=(--file=-)
    (($# == 0)) || from=("--command=$1")
    env -i PATH="$safe_path" LC_ALL=C "$INFRA_TEST_PSQL" --no-psqlrc --no-align --tuples-only \
        --set=ON_ERROR_STOP=1 --host="$INFRA_TEST_PGHOST" --port="$INFRA_TEST_PGPORT" \
        --username="$INFRA_TEST_PGUSER" --dbname="$INFRA_TEST_PGDATABASE" "${from[@]}"
}

# end_connector RIG NAME: ends a connector and removes its files; its log stays.
end_connector() {
    local folder=$1/connectors/$2
    [[ -d $folder ]] || return 0
    end "$folder/pid" TERM
    rm -rf -- "$folder"
    rmdir -- "$1/connectors" 2>/dev/null || true
}
