# SPDX-License-Identifier: Apache-2.0
"""The commands that the pages tell a reader to type, and what each block needs so that it can run as it stands."""

import dataclasses
import pathlib
import re
import subprocess

PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/*.md", "playbooks/*.md", "tests/**/README.md", "abi/**/README.md",
         "simulator/*.md", "bench/*.md")
# Each block of such a page continues the one before: one shell runs them all.
ONE_SHELL = ("docs/simulator.md",)


@dataclasses.dataclass
class Block:
    page: str
    line: int
    text: str

    @property
    def name(self):
        return f"{self.page}:{self.line}"

    @property
    def commands(self):
        """The commands one by one: a line, with the lines that continue it, as a function's do."""
        found, begun = [], ""
        for line in re.sub(r"\\\n\s*", "", self.text).splitlines():
            begun += line + "\n"
            if not subprocess.run(["bash", "-n"], input=begun, text=True, capture_output=True, check=False).returncode:
                found.append(begun.rstrip("\n"))
                begun = ""
        return [each for each in (*found, begun) if each.strip() and not each.lstrip().startswith("#")]


@dataclasses.dataclass
class How:
    """How a block is run. The commands stay as they are, except for `replace`: names that a reader replaces, too."""
    replace: tuple = ()   # (text, its replacement); $HOST, $KEY, $CA and $SCRATCH are set
    before: str = ""      # what the page assumes
    after: str = ""       # shows that the block did what the page says
    real: bool = False    # needs a real server and what that needs
    # On this machine, in minutes: only commands that begin so (None: all of them). `why` the others are
    # left out.
    here: tuple | None = None
    replace_here: tuple = ()
    # In a fresh root: commands that are left out, with the reason.
    not_in_root: dict = dataclasses.field(default_factory=dict)
    why: str = ""


CLIENT = "export INFRA_HOST=https://$HOST INFRA_ACCESS_KEY=$KEY INFRA_SERVER_CERTIFICATE_FILE=$CA"
# A connector that has registered: no real one exists here.
CONNECTED = """curl -q -sS --fail --noproxy '*' --cacert "$CA" -H "Authorization: Bearer $KEY" -H 'Infra-Version: 0.20.0' \
    -H 'Infra-Destination-Name: my-cluster' -o /dev/null "https://$HOST/api/destinations" \
    -d '{"name": "my-cluster", "uniqueID": "u1", "connection": {"url": "k8s.example.com:443", "ca": "none"}}'"""
ROTATE = "ansible-playbook rotate_connector_key.yml"
AUDIT = "ansible-playbook audit_keys.yml -e audit_keys_days=7"
MIGRATE = "ansible-playbook migrate_from_terraform.yml"
# A key that Terraform made, and a program that knows of it. No Terraform is here.
TERRAFORM = r"""mkdir "$SCRATCH/terraform"
ask() { curl -q -sS --fail --noproxy '*' --cacert "$CA" -H "Authorization: Bearer $KEY" -H 'Infra-Version: 0.20.0' "$@"; }
user=$(ask "https://$HOST/api/users?showSystem=true&name=connector" | sed 's/.*"id":"\([^"]*\)".*/\1/')
ask "https://$HOST/api/access-keys" -d "{\"userID\": \"$user\", \"name\": \"by-terraform\", \"expiry\": \"8766h\", \"inactivityTimeout\": \"72h\"}" |
    sed 's/"accessKey"/"secret"/; s/.*/{"resources": [{"type": "infra_access_key", "name": "x", "instances": [{"attributes": &}]}]}/' >"$SCRATCH/terraform/state"
printf '#!/bin/sh\n[ "$2" = rm ] || cat state\n' >"$SCRATCH/terraform/terraform"
chmod 700 "$SCRATCH/terraform/terraform"
export PATH=$SCRATCH/terraform:$PATH"""
HOW = {
    ("README.md", "scripts/demo"): How(here=(), why="the parts demo and this very run do"),
    ("README.md", "scripts/setup && cmake"): How(after="test -x build/release/modules/infra_access_key"),
    ("README.md", "echo"): How(
        before='export PATH=$PWD/build/release/modules:$PATH INFRA_SERVER_CERTIFICATE_FILE=$CA; cd "$SCRATCH"; printf %s "$KEY" >admin.key; chmod 600 admin.key',
        replace=(("infra.example.com", "'$HOST'"),)),  # the page's quotes end before it and begin again after it
    ("CONTRIBUTING.md", "scripts/setup test"): How(
        here=("scripts/test --list",), why="the parts of this run do the same",
        not_in_root={"scripts/test": "README's block has it"}),
    ("docs/abi.md", "scripts/setup build"): How(
        after="PKG_CONFIG_PATH=$PREFIX/lib/pkgconfig:$(echo $PREFIX/lib/*/pkgconfig) pkg-config --exists --print-errors infrastate; test -f $PREFIX/include/infrastate.h",
        before="PREFIX=/usr/local", replace_here=(("/usr/local", "$SCRATCH/prefix"),)),
    ("docs/abi.md", "  python3 abi/bindings/python"): How(
        before="OUT=dist", replace_here=(("dist", "$SCRATCH/new/dist"),), after="test -s $OUT/infrastate-*.whl"),
    ("docs/simulator.md", "scripts/setup"): How(before="rm -f build/ready.json; trap 'kill $(jobs -p) || true' EXIT"),
    ("playbooks/README.md", "scripts/setup && cmake"): How(
        before=f"export HOME=$SCRATCH INFRA_SERVER_CERTIFICATE_FILE=$CA; {CONNECTED}",
        replace=(("https://infra.example.com", "https://$HOST"), ("INFRA_ACCESS_KEY=...", "INFRA_ACCESS_KEY=$KEY")),
        after='test ! -e "$HOME/infra-connector/my-cluster.yml"'),
    ("playbooks/README.md", ROTATE): How(
        # This machine has neither systemd nor a connector to restart.
        before=f"cd playbooks; export HOME=$SCRATCH; {CLIENT}",
        replace=((ROTATE, f"{ROTATE} -e connector_restart_command=true -e connector_secret_file=$SCRATCH/etc/connector.key"),
                 # A time that has passed, as when a leak becomes known.
                 ("2027-01-31T12:00:00Z", "$(date -u -d '1 second' +%Y-%m-%dT%H:%M:%SZ; sleep 2)")),
        after='test -s "$SCRATCH/etc/connector.key"'),
    ("playbooks/README.md", AUDIT): How(
        before=f"cd playbooks; export HOME=$SCRATCH; {CLIENT}",
        # Keys of other blocks may end soon; this machine has no node exporter.
        replace=((AUDIT, "ansible-playbook audit_keys.yml -e audit_keys_days=0 -e audit_keys_file=$SCRATCH/infra_keys.prom"),),
        after='grep -q "^infra_access_key_remaining_seconds{" "$SCRATCH/infra_keys.prom"'),
    ("playbooks/README.md", MIGRATE): How(
        before=f"cd playbooks; export HOME=$SCRATCH; {CLIENT}; {TERRAFORM}",
        replace=((MIGRATE, f"{MIGRATE} -e terraform_files_folder=$SCRATCH/terraform"), ("/srv/infra", "$SCRATCH/terraform")),
        after='test -s "$SCRATCH/terraform/by-terraform.key"'),
    ("tests/realserver/README.md", "dir="): How(real=True, after='rm -r "$dir"'),
    ("tests/realserver/README.md", "tests/realserver/infra-server sql"): How(
        real=True, before='dir=$(mktemp -d); tests/realserver/infra-server start --dir "$dir"',
        after='tests/realserver/infra-server stop --dir "$dir"; rm -r "$dir"'),
}


def blocks_of(page, text):
    found, begin, lines = [], None, []
    for number, line in enumerate(text.splitlines(), 1):
        if begin is None and re.match(r"\s*```sh\b", line):
            begin, lines = number + 1, []
        elif begin is not None and re.match(r"\s*```\s*$", line):
            found.append(Block(page, begin, "\n".join(lines)))
            begin = None
        elif begin is not None:
            lines.append(line)
    if begin is not None:
        raise SystemExit(f"{page}:{begin}: a block of commands has no end")
    return found


def all_blocks(root):
    pages = dict.fromkeys(path for pattern in PAGES for path in sorted(pathlib.Path(root).glob(pattern))
                          if "build" not in path.relative_to(root).parts[:-1])
    found = []
    for path in pages:
        page = str(path.relative_to(root))
        blocks = blocks_of(page, path.read_text())
        if page in ONE_SHELL:
            blocks = [Block(page, blocks[0].line, "\n".join(block.text for block in blocks))]
        found += blocks
    return found


def how(block):
    """The entry of HOW; None for a block without an entry."""
    found = [each for (page, begin), each in HOW.items() if page == block.page and block.text.startswith(begin)]
    return found[0] if len(found) == 1 else None


def script(block, fresh):
    """The script for bash; None if no part of it is to be run. It stops at the first command that fails, and names it."""
    way = how(block)
    chosen = block.commands
    if fresh:
        chosen = [each for each in chosen if each.split("#")[0].strip() not in way.not_in_root]
    elif way.here is not None:
        chosen = [each for each in chosen if each.startswith(way.here)] if way.here else []
    if not chosen:
        return None
    before = way.before
    for old, new in (*way.replace, *(() if fresh else way.replace_here)):
        chosen = [each.replace(old, new) for each in chosen]
    if not fresh:
        for old, new in way.replace_here:
            before = before.replace(old, new)
    lines = ["set -euo pipefail", before]
    for number, command in enumerate(chosen):
        # A list of "&&" counts as one command, whichever of it fails.
        lines += [f"printf '$ %s\\n' {quoted(command)}", "{", command, f"}} || {{ echo 'command {number + 1} of the block failed'; exit 1; }}"]
    return "\n".join([*lines, way.after])


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"
