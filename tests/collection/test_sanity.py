# SPDX-License-Identifier: Apache-2.0
"""ansible-test's sanity tests over the collection as it is installed."""

import os
import shutil
import subprocess

import cores
import support

class SanityTest(support.PlayTest):
    def test_sanity(self):
        try:
            tools = cores.tools()
        except cores.Missing as why:
            self.missing(str(why))
        where = self.folder / "ansible_collections" / "infrastate" / "infra"
        shutil.copytree(support.COLLECTIONS / "ansible_collections" / "infrastate" / "infra", where, symlinks=True)
        subprocess.run(["git", "init", "-q", "."], cwd=where, check=True)
        subprocess.run(["git", "add", "-A"], cwd=where, check=True)
        done = subprocess.run([tools / "ansible-test", "sanity", "--venv", "--requirements", "--color", "no", "--truncate", "0"], cwd=where, capture_output=True,
                              text=True, timeout=1800, check=False, env=self.environment(PATH=f"{tools}:{os.environ['PATH']}", HOME=os.environ["HOME"]))
        self.assertEqual(done.returncode, 0, done.stdout[-6000:] + done.stderr[-3000:])
