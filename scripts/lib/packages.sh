# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Which packages each purpose needs, and how they are installed. Sourced after common.sh and
# formatter.sh.

# One line for each package: its group, how to see that it is installed, and its name. If releases name
# it differently, the first name that the release has counts.
#   command:X  a program X is on the PATH (whoever installed it)
#   file:GLOB  a file of that name exists; | separates several names
#   package    the package itself is installed
#   clang:X    X in the version that the checks want; without it, what its wheel needs is installed
# CLANG in a name stands for the version of the release's package clang.
package_table() {
    cat <<'TABLE'
build    command:g++              g++
build    command:cmake            cmake
build    command:ninja            ninja-build
build    command:pkg-config       pkgconf pkg-config
build    command:ccache           ccache
build    package                  libpoco-dev
build    package                  libc-ares-dev
build    package                  libssl-dev
tests    package                  libcppunit-dev
tests    command:python3          python3
server   command:openssl          openssl
server   command:curl             curl
server   command:python3          python3
server   package                  ca-certificates
server   file:/etc/machine-id|/var/lib/dbus/machine-id dbus
ansible  command:ansible-playbook ansible-core ansible
real     file:/usr/lib/postgresql/*/bin/initdb postgresql
real     command:go               golang-go
real     command:ssh-keygen       openssh-client
real     command:setpriv          util-linux
real     command:openssl          openssl
real     command:curl             curl
real     package                  ca-certificates
git      command:git              git
lint     command:shellcheck       shellcheck
lint     command:codespell        codespell
lint     command:python3          python3
collection command:sudo            sudo
collection command:busybox         busybox-static
collection file:/usr/sbin/sshd      openssh-server
collection command:setfacl         acl
collection command:readelf         binutils
collection command:systemd-analyze systemd
collection command:pip3            python3-pip
collection package                 python3-venv
browser  command:chromium?        chromium
trace    command:strace           strace
trace    command:unshare          util-linux
faketime file:/usr/lib/*/faketime/libfaketime.so.1 libfaketime
ruby     command:ruby             ruby
hosts    command:abidiff          abigail-tools
hosts    command:clang            clang
hosts    command:node             nodejs
hosts    command:npm              npm
hosts    command:go               golang-go
hosts    command:valgrind         valgrind
hosts    file:/usr/lib/*/faketime/libfaketime.so.1 libfaketime
hosts    command:pip3             python3-pip
hosts    command:ip               iproute2
hosts    command:unshare          util-linux
hosts    command:localedef        locales libc-bin
bench    command:valgrind         valgrind
bench    command:strace           strace
bench    command:time             time
format   clang:clang-format?      clang-format-14 python3-venv
tidy     clang:clang-tidy?        clang-tidy-14
fuzz     command:clang++          clang
fuzz     file:/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a libclang-rt-CLANG-dev libclang-common-CLANG-dev
fresh    command:debootstrap      debootstrap
fresh    command:unshare          util-linux
fresh    command:git              git
sources  command:dpkg-source      dpkg-dev
portable command:python3          python3
portable command:pip3             python3-pip
portable command:cargo            cargo
portable command:dpkg-source      dpkg-dev
portable command:patch            patch
portable command:perl             perl
portable command:make             make
portable command:git              git
portable command:readelf          binutils
puppet   command:puppet?          puppet-agent
puppet   command:puppet-lint?     puppet-lint
puppet   package?                 ruby-rspec-puppet
puppet   package                  ruby-rspec
puppet   package?                 puppet-strings
puppet   command:eyaml?           hiera-eyaml
puppet   command:cc               gcc
salt     command:cc               gcc
salt     command:pip3             python3-pip
chef     command:ruby             ruby
chef     package                  ruby-rspec
chef     package?                 ruby-chef-config
chef     package?                 ruby-chef-utils
chef     package                  ruby-mixlib-log
chef     command:cc               gcc
packed   command:aarch64-linux-gnu-objcopy binutils-aarch64-linux-gnu
packed   command:dpkg-deb         dpkg
packed   command:fakeroot         fakeroot
packed   command:rpmbuild         rpm
packed   command:gem              ruby
packed   command:lintian          lintian
packed   command:qemu-aarch64-static qemu-user-static qemu-user-binfmt
packed   command:node             nodejs
packed   command:unshare          util-linux
packed   file:/usr/share/debootstrap/scripts/bookworm debootstrap
TABLE
}

# is_present PROBE PACKAGE...
is_present() {
    local probe=$1 package
    shift
    case $probe in
    command:*) command -v "${probe#command:}" >/dev/null ;;
    clang:*) clang_tool "${probe#clang:}" >/dev/null ;;
    file:*)
        local glob globs
        IFS='|' read -r -a globs <<<"${probe#file:}"
        for glob in "${globs[@]}"; do
            compgen -G "$glob" >/dev/null && return 0
        done
        return 1
        ;;
    package)
        for package in "$@"; do
            [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] && return 0
        done
        return 1
        ;;
    *) die "bad probe $probe in the package table" ;;
    esac
}

# missing_packages GROUP...: prints one line for each missing package: a '?' if the release may not have
# it (the part of the tests that needs it then says so), then the possible names.
missing_packages() {
    local group probe names mark wanted=" $* "
    # The demo builds, starts a simulator and runs playbooks.
    wanted=${wanted/ demo / build server ansible }
    while read -r group probe names; do
        [[ $wanted == *" $group "* ]] || continue
        mark=!
        if [[ $probe == *'?' ]]; then
            mark='?'
            probe=${probe%?}
        fi
        # shellcheck disable=SC2086 # several names are several words
        is_present "$probe" $names || printf '%s %s\n' "$mark" "$names"
    done < <(package_table) | awk '!seen[$0]++'
}

# Stores into the array AS_ROOT how to become root; false if that would need a person to ask.
find_root() {
    AS_ROOT=()
    ((EUID == 0)) && return 0
    command -v sudo >/dev/null || return 1
    AS_ROOT=(sudo)
    sudo -n true 2>/dev/null && return 0
    [[ -t 0 && -t 2 ]] && sudo -v
}

apt_get() {
    "${AS_ROOT[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}

# Repeats: the package lists may be locked, and the archive out of reach, for a moment.
apt_get_patiently() {
    local attempt
    for attempt in 1 2 3; do
        apt_get "$@" && return 0
        ((attempt < 3)) || return 1
        warn "apt-get $1 failed; trying again in $((attempt * 10)) s"
        sleep $((attempt * 10))
    done
}

# timed_download COMMAND...: writes the seconds that it took to the file that SETUP_DOWNLOADS names.
timed_download() {
    local begun=$SECONDS status=0
    "$@" || status=$?
    [[ -z ${SETUP_DOWNLOADS:-} ]] || printf '%d\n' "$((SECONDS - begun))" >>"$SETUP_DOWNLOADS"
    return "$status"
}

has_candidate() {
    [[ $(apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: //p') =~ ^[^\(] ]]
}

# On Debian, installing PostgreSQL makes and starts a cluster of its own. The tests need only the
# programs. This file tells that to the package's scripts during the installation. A machine that already
# has PostgreSQL keeps its settings, because nothing is installed.
CLUSTER_SNIPPET=/etc/postgresql-common/createcluster.d/infrastate-setup.conf
forbid_cluster() {
    "${AS_ROOT[@]}" mkdir -p "$(dirname "$CLUSTER_SNIPPET")"
    printf 'create_main_cluster = false\n' | "${AS_ROOT[@]}" tee "$CLUSTER_SNIPPET" >/dev/null
}
allow_cluster() { "${AS_ROOT[@]}" rm -f "$CLUSTER_SNIPPET"; }

# The compiler check prints the sentence to show on standard error.
check_compiler() {
    local version
    version=$(g++ -dumpversion) || die "g++ does not run"
    ((${version%%.*} >= 11)) ||
        die "g++ is version $version, and 11 or newer is needed (Debian 12, Ubuntu 22.04 and later have it)"
}

clang_of_release() {
    apt-cache depends clang 2>/dev/null | sed -n 's/^ *Depends: clang-\([0-9]*\)$/\1/p' | head -n 1
}

# available_name NAME...: prints the first name that the archives have; nothing if they have none.
available_name() {
    local name
    for name in "$@"; do
        [[ $name != *CLANG* ]] || name=${name/CLANG/$(clang_of_release)}
        if has_candidate "$name"; then
            printf '%s\n' "$name"
            return
        fi
    done
}

# drop_unavailable: filters missing_packages' lines. If the package lists are filled and do not have a
# package marked '?', an update would not help, so the line is dropped.
drop_unavailable() {
    local mark names lists=empty
    has_candidate g++ && lists=filled
    while read -r mark names; do
        # shellcheck disable=SC2086 # several names are several words
        [[ $mark$lists == '?filled' && -z $(available_name $names) ]] || printf '%s %s\n' "$mark" "$names"
    done
}

# install_packages GROUP...: installs what is missing.
install_packages() {
    local mark names name missing required wanted=()
    missing=$(missing_packages "$@" | drop_unavailable)
    if [[ -n $missing ]]; then
        required=$(awk '$1 == "!" {printf " %s", $2}' <<<"$missing")
        if ! command -v apt-get >/dev/null || ! find_root; then
            [[ -z $required ]] ||
                die "these packages are missing, and only root or a user with sudo can install them (with apt-get):$required"
            check_compiler
            return
        fi
        say "Installing:$(awk '{printf " %s", $2}' <<<"$missing")"
        timed_download apt_get_patiently update ||
            die "apt-get update failed three times; see whether the archives in /etc/apt can be reached"
        while read -r mark names; do
            # shellcheck disable=SC2086 # several names are several words
            name=$(available_name $names)
            if [[ -n $name ]]; then
                wanted+=("$name")
            elif [[ $mark == '!' ]]; then
                die "no archive of this machine has the package ${names// / or } (on Ubuntu, the component \"universe\" is needed)"
            else
                say "This release has no package $names; the test that wants it will say so."
            fi
        done <<<"$missing"
        if ((${#wanted[@]} > 0)); then
            trap allow_cluster EXIT
            forbid_cluster
            timed_download apt_get_patiently install --no-install-recommends --download-only "${wanted[@]}" </dev/null ||
                die "apt-get could not download ${wanted[*]}"
            apt_get_patiently install --no-install-recommends "${wanted[@]}" </dev/null ||
                die "apt-get could not install ${wanted[*]}"
            allow_cluster
            trap - EXIT
        fi
    fi
    check_compiler
}
