# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Starts an Infra server for trying things: the simulator, or a real one. Sourced after common.sh.
# start_server KIND BUILD_DIR FOLDER sets SERVER_URL, SERVER_CA_FILE and SERVER_ADMIN_KEY.
# shellcheck disable=SC2034 # they are for the script that sources this

RIG=$REPOSITORY/tests/realserver/infra-server

start_server() {
    SERVER_KIND=$1
    SERVER_FOLDER=$3
    "start_$1" "$2"
}

start_simulator() {
    local ready=$SERVER_FOLDER/ready.json attempt
    # In a session of its own: when the keyboard interrupts the script, stop_server stops it.
    setsid "$1/simulator/infra-simulator" --dir "$SERVER_FOLDER/simulator" >"$ready" 2>"$SERVER_FOLDER/simulator.log" </dev/null &
    SIMULATOR_PID=$!
    for ((attempt = 0; attempt < 300; attempt++)); do
        [[ -s $ready ]] && break
        kill -0 "$SIMULATOR_PID" 2>/dev/null || break
        sleep 0.1
    done
    [[ -s $ready ]] || die "the simulator did not start: $(cat "$SERVER_FOLDER/simulator.log")"
    SERVER_URL=$(json_field "$ready" url)
    SERVER_CA_FILE=$(json_field "$ready" ca_file)
    SERVER_ADMIN_KEY=$(json_field "$ready" admin_key)
}

start_real() {
    "$RIG" start --dir "$SERVER_FOLDER" >/dev/null
    eval "$("$RIG" env --dir "$SERVER_FOLDER")"
    SERVER_URL=$INFRA_TEST_URL
    SERVER_CA_FILE=$INFRA_TEST_CA_FILE
    SERVER_ADMIN_KEY=$INFRA_TEST_ADMIN_KEY
}

# Lets every key of that name expire: the simulator's clock is moved forward, the real server's row back.
let_expire() {
    if [[ $SERVER_KIND == simulator ]]; then
        local ready=$SERVER_FOLDER/ready.json
        # The token is passed on standard input: everybody can read a command line.
        printf 'header = "Authorization: Bearer %s"\n' "$(json_field "$ready" control_token)" |
            curl -q -sS --fail --noproxy '*' --max-time 20 -K - --cacert "$SERVER_CA_FILE" \
                -H 'Content-Type: application/json' -d '{"advance": "9000h"}' \
                "$(json_field "$ready" control_url)/clock" >/dev/null
    else
        "$RIG" sql --dir "$SERVER_FOLDER" \
            "UPDATE access_keys SET expires_at = now() - interval '1 minute' WHERE name = '$1'" >/dev/null
    fi
}

# May be called at any time, and twice.
stop_server() {
    case ${SERVER_KIND:-} in
    simulator)
        [[ -n ${SIMULATOR_PID:-} ]] || return 0
        kill "$SIMULATOR_PID" 2>/dev/null || true
        wait "$SIMULATOR_PID" 2>/dev/null || true
        SIMULATOR_PID=
        ;;
    real) "$RIG" stop --dir "$SERVER_FOLDER" || true ;;
    esac
}
