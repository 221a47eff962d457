# SPDX-License-Identifier: Apache-2.0
"""What the tests of a release share: where it is, a simulator to ask, and folders that a program is shut into."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "packaging")]
import black_box

DIST = ROOT / "dist"
BUILD = ROOT / "build" / "dev"
MODULES = ("infra_access_key", "infra_access_key_info", "infra_destination_info")


def use(dist, build):
    global DIST, BUILD
    DIST, BUILD = dist, build


class Server:
    """A simulator, with what it said when it was ready."""

    def __init__(self, ready):
        self.url = ready["url"]
        self.port = self.url.rsplit(":", 1)[1]
        self.key = ready["admin_key"]
        self.ca = pathlib.Path(ready["ca_file"]).read_text()


@contextlib.contextmanager
def simulator():
    program = BUILD / "simulator" / "infra-simulator"
    with subprocess.Popen([program, "--die-with-parent"], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Server(json.loads(process.stdout.readline()))
        finally:
            process.terminate()


def shut_in(root, command, text="", environment=None):
    """Runs a command that sees nothing but the folder `root`, as its root."""
    # By their paths: the command's own environment has none.
    shut = [shutil.which("chroot"), str(root)] if os.geteuid() == 0 else [shutil.which("unshare"), "--map-root-user", "--root", str(root)]
    return subprocess.run([*shut, *command], input=text, capture_output=True, text=True, env=environment or {}, timeout=60, check=False)


def empty_root(folder, server, *, ca="etc/ssl/certs/ca-certificates.crt", files=None):
    """A root with the executable under each of its names, one bundle of authorities, and a resolv.conf that
    leads nowhere."""
    for name in MODULES:
        shutil.copyfile(DIST / "linux-amd64" / "infra_access_key", folder / name)
        (folder / name).chmod(0o755)
    for path, content in ((ca, server.ca), ("etc/resolv.conf", "nameserver 127.0.0.1\n"), *(files or {}).items()):
        path = folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


class ReleaseTest(black_box.FolderTest):
    """Tests of what lies in DIST."""

    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.addClassCleanup(cls.stack.close)

    def sha(self, path):
        from release import common
        return common.sha256(path)
