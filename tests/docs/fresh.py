# SPDX-License-Identifier: Apache-2.0
"""The place where the blocks are run: this machine, or a fresh Debian in a folder (debootstrap), with a clone of
this tree. Of this machine only its devices and its network are visible there."""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# Variables that tell how to reach the archives of packages.
KEPT = re.compile(r"(?i)^(\w+_proxy|PIP_\w+|GO(PROXY|SUMDB|NOSUMDB|FLAGS)|CI)$")
# In a namespace of its own, so that the mounts end with the command and nobody removes this machine's
# devices.
ENTER = ["unshare", "--mount", "--propagation", "private", "sh", "-c",
         'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"']


class Here:
    fresh = False
    name = "here"
    tree = ROOT

    def __init__(self, build):
        self.simulator = ROOT / build / "simulator" / "infra-simulator"

    @contextlib.contextmanager
    def scratch(self):
        with tempfile.TemporaryDirectory(prefix="docs.") as folder:
            yield folder

    def command(self, words):
        return words, dict(os.environ)

    def run(self, script, **variables):
        command, environment = self.command(["bash", "-c", script])
        return subprocess.run(command, env={**environment, **variables}, cwd=self.tree if not self.fresh else "/",
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)

    @contextlib.contextmanager
    def server(self):
        """Starts a simulator; returns the variables that the blocks use."""
        command, environment = self.command([str(self.simulator), "--die-with-parent"])
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            try:
                ready = json.loads(process.stdout.readline() or "{}")
                if not ready:
                    raise SystemExit(f"{self.simulator} did not start")
                yield {"HOST": ready["url"].removeprefix("https://"), "KEY": ready["admin_key"], "CA": ready["ca_file"]}
            finally:
                process.terminate()


class Fresh(Here):
    fresh = True
    tree = pathlib.Path("/src")
    simulator = tree / "build" / "release" / "simulator" / "infra-simulator"

    def __init__(self, release, folder):
        self.name, self.root = release, pathlib.Path(folder).resolve()
        targets = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"],
                                 capture_output=True, text=True, check=True).stdout.splitlines()
        mirrors = [each for each in targets if each.rstrip("/").endswith("/debian")]
        if not mirrors:
            raise SystemExit("the archives of this machine hold no Debian")
        subprocess.run(["debootstrap", "--variant=minbase", "--keyring=/usr/share/keyrings/debian-archive-keyring.gpg",
                        release, self.root, mirrors[0]], check=True, stdout=subprocess.DEVNULL)
        for path in (pathlib.Path("/etc/resolv.conf"), *pathlib.Path("/etc/apt/apt.conf.d").glob("99*")):
            (self.root / path.relative_to("/")).write_bytes(path.read_bytes())
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, self.root / "src"], check=True)

    @contextlib.contextmanager
    def scratch(self):
        folder = tempfile.mkdtemp(prefix="docs.", dir=self.root / "tmp")
        yield "/" + str(pathlib.Path(folder).relative_to(self.root))

    def command(self, words):
        environment = {name: value for name, value in os.environ.items() if KEPT.match(name)}
        environment |= {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
        return [*ENTER, str(self.root), *words], environment

    def end(self):
        """Ends the processes that still run in there."""
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if pathlib.Path(os.readlink(process / "root")).is_relative_to(self.root):
                    os.kill(int(process.name), 9)
