# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The parts of scripts/test: which there are, what each needs, and how it runs. Sourced after parts.sh.
#
# RUN is the size of the run: quick (a slice of everything), full (what the CI runs), long.
RUN=${RUN:-full}

# amount QUICK FULL LONG: prints the one for this run.
amount() {
    case $RUN in
    quick) printf '%s\n' "$1" ;;
    full) printf '%s\n' "$2" ;;
    *) printf '%s\n' "$3" ;;
    esac
}

# The limit ends a part that hangs. It is many times what the part takes on two idle cores, because
# another part may run beside it. lane=timed is for parts whose tests measure deadlines and therefore
# fail on a slow machine.
part format runs=quick lane=compute limit=300 packages=format \
    "C++ is formatted as .clang-format wants"
part configure runs=quick lane=compute limit=300 packages=build,tests \
    "CMake finds all that it needs (preset dev)"
part real-server runs=full lane=wait limit=2400 packages=real \
    "the real Infra server is in the cache outside the clone, or is built into it"
part build runs=quick lane=compute limit=3600 needs=configure \
    "everything compiles without a warning (preset dev)"
part lint runs=quick lane=compute limit=300 packages=lint \
    "shellcheck finds nothing in the scripts; the runner of the tests does what it says"
part tidy runs=long lane=compute limit=3600 needs=configure packages=tidy \
    "clang-tidy finds nothing"
part architecture runs=quick lane=compute limit=900 needs=build packages=git \
    "the layers use each other only along the arrows; the plan is pure"
part docs-current runs=quick lane=compute limit=120 needs=build \
    "the generated pages are what the schema says"
part unit runs=quick lane=compute limit=600 needs=build \
    "unit tests: types, schema, plan, reconcile, json, wire, engine"
part explore runs=quick lane=compute limit=1800 needs=build \
    "20,000 scenarios of crashes, lost answers and several machines: no rule of the state logic breaks"
part explore-long runs=long lane=compute limit=28800 needs=build \
    "a million such scenarios"
part module runs=quick lane=compute limit=900 needs=build packages=ansible,trace \
    "the executable alone: arguments, errors, output, bad input"
part tls runs=quick lane=timed limit=900 needs=build packages=server \
    "no wrong or silent server gets the token, and none outlasts the deadline"
part abi runs=quick lane=timed limit=1800 needs=build packages=server,ruby \
    "the library as C, C++, Python and Ruby see it: calls, bad input, batches, threads, forks"
part abi-hosts runs=full lane=timed limit=1800 needs=build packages=server,ruby,hosts \
    "the library inside its hosts: installed, with Go and Node, under valgrind, its contract, both doors alike"
part kill-points runs=quick lane=compute limit=2400 needs=build packages=server,trace \
    "killed at each call and request of each flow, the next runs put it right"
part fault runs=full lane=timed limit=900 needs=build packages=server,trace \
    "whole runs against a server that fails on order: deadlines, cleaning up, leaks"
part contract-simulator runs=quick lane=wait limit=900 needs=build packages=server \
    "the contract of an Infra server, on the simulator"
part playbooks-simulator runs=quick lane=wait limit=3600 needs=build packages=server,ansible \
    "ansible-playbook end to end on the simulator"
part chef runs=full lane=wait limit=900 needs=build packages=server,ruby,chef \
    "the Chef cookbook with the real library, on the simulator; Chef's DSL is played"
part puppet-simulator runs=long lane=wait limit=2400 needs=build packages=server,ruby,puppet \
    "the Puppet module with the real puppet, on the simulator"
part salt-simulator runs=long lane=wait limit=7200 needs=build packages=server,collection,salt \
    "the Salt extension in each pinned Salt, on the simulator"
part contract-real runs=full lane=wait limit=900 needs=build,real-server packages=server,real \
    "the same contract on a real Infra server"
part puppet runs=full lane=wait limit=2700 needs=build,real-server packages=server,real,ruby,puppet \
    "the Puppet module with the real puppet on a real Infra server"
part salt runs=full lane=wait limit=2700 needs=build,real-server packages=server,real,collection,salt \
    "the Salt extension in real Salt on a real Infra server: a key's life, and the core cases"
part chef-real runs=long lane=wait limit=900 needs=build,real-server packages=server,real,ruby,chef \
    "the Chef cookbook on a real Infra server"
part kill-points-real runs=full lane=wait limit=2700 needs=build,real-server packages=server,real,trace \
    "a sample of the same kills on a real Infra server"
part playbooks-real runs=full lane=wait limit=3600 needs=build,real-server packages=server,real,ansible \
    "ansible-playbook end to end on a real Infra server, with its connector"
part collection runs=full lane=wait limit=2700 needs=build,real-server packages=server,real,ansible,collection \
    "the Ansible collection: on a real Infra server, over SSH, by other users; its checkers; its arguments beside Ansible's"
part collection-cores runs=long lane=wait limit=7200 needs=build packages=server,ansible,collection \
    "the same on each version of ansible-core that a Python here runs, and ansible-test's sanity tests"
part collection-page runs=long lane=wait limit=1800 needs=build packages=server,ansible,browser \
    "the page of the role key_report in headless Chromium: both colour schemes, sizes, the keyboard"
part two-at-once runs=full lane=wait limit=2700 needs=build,real-server packages=server,real \
    "two processes at once on a real Infra server, 200 rounds"
part fault-sequences runs=full lane=wait limit=2700 needs=build packages=server,faketime \
    "1,000 random lives through random faults: no orphan, no lost secret"
part sanitizers-build runs=full lane=compute limit=3600 needs=configure \
    "what runs under AddressSanitizer and UBSan compiles (preset asan)"
part sanitizers runs=full lane=timed limit=3600 needs=sanitizers-build packages=server,ansible,trace \
    "the suite under AddressSanitizer and UBSan: unit, tls, abi, module, fault, the executable on the simulator"
part threads runs=long lane=timed limit=3600 needs=configure packages=server \
    "what threads share, under ThreadSanitizer"
part fuzz runs=full lane=compute limit=3600 packages=build,tests,fuzz \
    "each fuzz target replays its corpus and looks for new inputs"
part poco-1.11 runs=long lane=timed limit=7200 packages=build,tests,server,ansible,trace,sources \
    "unit, tls and module tests on Poco 1.11, built from source and static"
part poco-1.14 runs=long lane=timed limit=7200 packages=build,tests,server,ansible,trace,sources \
    "the same on Poco 1.14"
part release runs=full lane=compute limit=2400 packages=build \
    "what gets installed compiles (preset release), with the simulator for the demo"
part instructions runs=full lane=compute limit=600 needs=release packages=build,server,bench \
    "an apply and a whole run take no more instructions than recorded, beside a bare loop of Poco's"
part portable runs=full lane=compute limit=5400 needs=build packages=build,portable,server,ansible,trace \
    "scripts/release makes the static executable and the library for amd64, which keep what is promised"
part packages runs=long lane=compute limit=14400 needs=build packages=build,portable,packed,server,ruby,hosts \
    "all of scripts/release, twice with equal bytes; each package installed, used, removed; arm64 under qemu"
part demo runs=full lane=compute limit=1800 needs=release packages=demo \
    "scripts/demo, as in the README"
part demo-real runs=full lane=compute limit=2400 needs=release,real-server packages=demo,real \
    "scripts/demo --real, as in the README"
part readme runs=full lane=compute limit=1800 needs=build,release,real-server packages=demo,real \
    "the commands that README and the other pages tell a reader to type, on this machine"
part debian-12 runs=long lane=timed limit=14400 packages=fresh \
    "the same from nothing on a fresh Debian 12, and a release without a warning"
part debian-13 runs=long lane=timed limit=14400 packages=fresh \
    "the same on Debian 13, with its newer compiler and libraries"

part_format() { scripts/lint format; }

part_configure() { cmake --preset dev; }

part_real_server() { tests/realserver/build; }

part_build() { ninja -C build/dev -j "$(build_jobs)"; }

part_lint() {
    scripts/lint shell
    scripts/lint prose
    tests/scripts/run
}

# Takes five minutes and more on two cores.
# clang-tidy wants the command of each file, which a build of joined files does not have.
part_tidy() {
    cmake --preset dev -B build/tidy -DCMAKE_UNITY_BUILD=OFF -DINFRASTATE_PCH=OFF
    scripts/lint cpp build/tidy
}

part_architecture() {
    local quick=()
    [[ $RUN != quick ]] || quick=(--quick)
    tests/architecture/run --build-dir build/dev "${quick[@]}"
}

part_docs_current() { scripts/generate-docs --check; }

# ctest_suite BUILD_DIR PREFIX: runs the programs whose names begin with PREFIX.
ctest_suite() { ctest --test-dir "$1" -R "^$2" --no-tests=error --verbose --timeout 600; }

part_unit() { ctest_suite build/dev unit_; }

# Every way in which the ports could break their promises must be found, too: otherwise the scenarios
# prove nothing.
part_explore() {
    ctest_suite build/dev explore_
    build/dev/tests/explore/explore --seeds "$(amount 2000 20000 20000)" --jobs "$(build_jobs)"
    [[ $RUN == quick ]] || build/dev/tests/explore/explore --mutations --seeds 40000 --jobs "$(build_jobs)"
}

part_explore_long() {
    build/dev/tests/explore/explore --seeds 1000000 --from 1000000 --jobs "$(build_jobs)"
}

part_tls() { ctest_suite build/dev tls_; }

part_module() { tests/module/run --build-dir build/dev; }

part_fault() { tests/fault/run --build-dir build/dev; }

# The files of tests/abi that need no more than Python and Ruby.
ABI_QUICK=calls,batch,bindings_python,bindings_python_interrupts,bindings_python_values,bindings_ruby

part_abi() {
    ctest_suite build/dev abi_
    tests/abi/run --build-dir build/dev --only "$ABI_QUICK"
}

# Runs the test files that part_abi has not run.
part_abi_hosts() {
    local file rest=()
    for file in tests/abi/test_*.py; do
        file=${file#tests/abi/test_}
        [[ ,$ABI_QUICK, == *",${file%.py},"* ]] || rest+=("${file%.py}")
    done
    tests/abi/run --build-dir build/dev --only "$(IFS=, && printf '%s' "${rest[*]}")"
}

part_kill_points() {
    local flow=()
    [[ $RUN != quick ]] || flow=(--flow Rotate)
    tests/fault/kill-points simulator --build-dir build/dev "${flow[@]}"
}

part_fault_sequences() { tests/fault/fault-sequences --build-dir build/dev; }

part_kill_points_real() { tests/fault/kill-points real --build-dir build/dev; }

part_two_at_once() { tests/fault/two-at-once real --build-dir build/dev; }

# contract_in_halves KIND BUILD_DIR: the contract waits most of its time. Two servers wait at once.
contract_in_halves() {
    local second log=build/test/contract-$1-${2//\//-}-second-half.log status=0
    tests/contract/run "$1" --build-dir "$2" --share 2/2 >"$log" 2>&1 &
    second=$!
    tests/contract/run "$1" --build-dir "$2" --share 1/2 || status=1
    wait "$second" || status=1
    cat "$log"
    return $status
}

part_contract_simulator() { contract_in_halves simulator build/dev; }
part_contract_real() { contract_in_halves real build/dev; }

# On the simulator this runs only what has no real server (helm), and the two playbooks that users start
# from. The real one runs all the others, and the contract shows that both servers answer alike. --long
# runs all here, too.
part_playbooks_simulator() {
    local pattern
    if [[ $RUN == long ]]; then
        tests/playbooks/run simulator --build-dir build/dev
        return
    fi
    for pattern in playbook_test. $(amount "" helm_test. ""); do
        tests/playbooks/run simulator --build-dir build/dev --only "$pattern"
    done
}

part_puppet() { tests/puppet/run real --build-dir build/dev; }
part_puppet_simulator() { tests/puppet/run simulator --build-dir build/dev; }

part_chef() { tests/chef/run simulator --build-dir build/dev; }
part_chef_real() { tests/chef/run real --build-dir build/dev; }

# The first pinned version; --long has the others.
part_salt() { tests/salt/run --real --build-dir build/dev --only core,flow --pin "$(sed -n '/^[0-9]/{p;q}' tests/salt/pins)"; }
part_salt_simulator() { tests/salt/run --build-dir build/dev; }

part_playbooks_real() { tests/playbooks/run real --build-dir build/dev; }

part_collection() {
    tests/collection/run real --build-dir build/dev
    tests/collection/run simulator --build-dir build/dev --only target,arguments,checks,report
}

part_collection_cores() {
    local core
    for core in $(tests/collection/run --list-cores); do
        tests/collection/run simulator --build-dir build/dev --core "$core"
    done
    tests/collection/run simulator --build-dir build/dev --only sanity
}

# Its pictures are in build/report.
part_collection_page() { tests/collection/run simulator --build-dir build/dev --only page; }

# Builds only what runs: the scenarios of tests/explore run the same code as the unit tests, a million
# times.
part_sanitizers_build() {
    cmake --preset asan
    ninja -C build/asan -j "$(build_jobs)" \
        tests/{support,unit,fuzz,tls,abi,module,things}/all modules/all simulator/all abi/all
}

part_sanitizers() {
    local module
    ctest_suite build/asan unit_
    ctest_suite build/asan tls_
    ctest_suite build/asan abi_
    tests/module/run --build-dir build/asan
    tests/fault/run --build-dir build/asan
    # Runs what programs in Python use. The rest starts processes of its own or checks released files.
    tests/abi/run --build-dir build/asan --only calls,batch,bindings_python
    # From the contract it runs the tests with the executable: the whole tests the simulator's own memory
    # as much.
    if [[ $RUN == long ]]; then
        tests/contract/run simulator --build-dir build/asan
    else
        for module in secret_file_test info_test; do
            tests/contract/run simulator --build-dir build/asan --only "$module."
        done
    fi
}

# Poco and OpenSSL are not built with the sanitizer, so it sees only half of what they do. From the
# transport's tests it runs those where two threads meet in our own code (docs/adr/0027).
part_threads() {
    cmake --preset tsan
    ninja -C build/tsan -j "$(build_jobs)" unit_tests tls_tests
    ctest_suite build/tsan 'unit_tests$'
    build/tsan/tests/tls/tls_tests --only cancelled
}

part_fuzz() { scripts/fuzz --seconds "$(amount 20 20 300)"; }

# poco_from_source VERSION: the source is fetched once, or taken from POCO_SOURCES/VERSION.
poco_from_source() {
    local source build=build/poco-${1//./}
    source=$(scripts/poco-source "$1")
    cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
        -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g" -DINFRASTATE_WERROR=ON -DPOCO_SOURCE_DIR="$source"
    ninja -C "$build" -j "$(build_jobs)"
    ctest_suite "$build" unit_
    ctest_suite "$build" tls_
    tests/module/run --build-dir "$build"
}
part_poco_1_11() { poco_from_source 1.11; }
part_poco_1_14() { poco_from_source 1.14; }

# One build for the demo and for the pages: the preset alone does not build the simulator.
part_release() {
    cmake --preset release -DINFRASTATE_SIMULATOR=ON
    ninja -C build/release -j "$(build_jobs)"
}

# Takes about 20 seconds of one core, and compiles two small programs first. It counts instructions, so the
# other lane's work does not matter.
part_instructions() { bench/bound --build-dir build/release; }

# The cache outside the clone has the compiler and what is linked. With an empty one OpenSSL, Poco and zig's own
# libraries are compiled for two targets first.
part_portable() {
    scripts/release --only linux-amd64 --dist build/portable/dist
    tests/portable/run --dist build/portable/dist --build-dir build/dev --only portable
    tests/module/run --build-dir build/portable/view
    contract_in_halves simulator build/portable/view
}

part_packages() {
    scripts/release --dist build/portable/all
    tests/portable/run --dist build/portable/all --build-dir build/dev --only packages
    # The library as its hosts see it: Python with ssl, Ruby, C; Node is in test_install.
    tests/abi/run --build-dir build/portable/view --only "$ABI_QUICK,host_process,bindings_python_package"
}

part_readme() { tests/docs/run; }

part_debian_12() { tests/docs/run --release bookworm; }
part_debian_13() { tests/docs/run --release trixie; }

part_demo() { scripts/demo --no-setup; }

part_demo_real() { scripts/demo --real --no-setup; }
