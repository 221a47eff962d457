# SPDX-License-Identifier: Apache-2.0
"""ansible-test's sanity tests over the collection as it is installed."""

import os
import pathlib
import re
import shutil
import subprocess

import cores
import support
from release import collection

# ansible-test fetches this program from one address in the internet unless it lies where it looks. Python's own pip does the
# same; ensurepip switches pip's configuration off for its process, and what follows needs it.
GET_PIP = """
import ensurepip, os, subprocess, sys
before = dict(os.environ)
ensurepip.bootstrap()
wanted = [each for each in sys.argv[1:] if each.startswith("pip==")]
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", "--disable-pip-version-check", *wanted], env=before) if wanted else 0)
"""


class SanityTest(support.PlayTest):
    def test_sanity(self):
        programs = support.provided(self, cores.tools)
        where = self.folder / collection.PLACE
        shutil.copytree(support.COLLECTIONS / collection.PLACE, where, symlinks=True)
        (where / ".gitignore").write_text("/tests/output/\n")
        subprocess.run(["git", "init", "-q", "."], cwd=where, check=True)
        subprocess.run(["git", "add", "-A"], cwd=where, check=True)
        done = self.sanity(programs, where)
        wanted = re.search(r"saved to: (\S+get_pip\S+)", done.stdout + done.stderr)
        if wanted:
            path = pathlib.Path(wanted[1])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(GET_PIP)
            done = self.sanity(programs, where)
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, 0, said[-8000:])
        self.assertGreater(said.count("Running sanity test"), 15, said)

    def sanity(self, programs, where):
        version = ".".join(map(str, cores.TOOLS_PYTHON))  # alone: what else is on the PATH may be a name without a program
        return subprocess.run([programs / "ansible-test", "sanity", "--venv", "--python", version, "--requirements", "--color", "no", "--truncate", "0"], cwd=where,
                              capture_output=True, text=True, timeout=1800, check=False, env=self.environment(PATH=f"{programs}:{os.environ['PATH']}"))
