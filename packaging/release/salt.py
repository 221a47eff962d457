# SPDX-License-Identifier: Apache-2.0
"""The Salt extension as wheel and sdist, for every architecture at once: it holds no compiled code. Both are made by
the backend that pip itself would use, in a process of its own, from a copy: only what git knows is packed."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from . import pins
from .common import ROOT, VERSION, Problem, epoch

SOURCE = ROOT / "integrations" / "salt"
# As in packaging/pins, which is for what is inside of the executable and the library.
BACKEND = pins.Pin("flit-core", "4.2.0", "pip", "flit_core", "flit_core-4.2.0-py3-none-any.whl",
                   "2bee22dc8ba89c2e35b4e1ad575e596aac945c85672dd8f3cad21b629036e044")
BUILD = """
import sys
sys.path.insert(0, sys.argv[1])
from flit_core import buildapi
print(buildapi.build_wheel(sys.argv[2]), buildapi.build_sdist(sys.argv[2]))
"""


def _tracked():
    """The files of the extension: those of the commit, or, outside of a clone, all but what Python and builds leave."""
    done = subprocess.run(["git", "-c", "safe.directory=*", "-C", str(SOURCE), "ls-files", "-co", "--exclude-standard"], capture_output=True,
                          text=True, check=False)
    if done.returncode == 0:
        return sorted(done.stdout.splitlines())
    return sorted(str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def make(dist):
    """Writes wheel and sdist to `dist` and returns their paths. The same commit gives the same bytes."""
    given = re.search(r'^__version__ = "(.+)"$', (SOURCE / "src" / "saltext" / "infrastate" / "__init__.py").read_text(), re.MULTILINE)
    if given is None or given[1] != VERSION:
        raise Problem(f"integrations/salt has another version than VERSION ({VERSION}): run scripts/generate-docs")
    backend = pins.fetch(BACKEND)
    dist = pathlib.Path(dist)
    dist.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        source, out = pathlib.Path(work) / "source", pathlib.Path(work) / "out"
        out.mkdir()
        for name in _tracked():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(SOURCE / name, source / name)
            (source / name).chmod(0o644)
        done = subprocess.run([sys.executable, "-c", BUILD, str(backend), str(out)], cwd=source, capture_output=True, text=True, check=False,
                              env=os.environ | {"SOURCE_DATE_EPOCH": str(epoch()), "TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"})
        if done.returncode != 0:
            raise Problem(f"the Salt extension cannot be packed: {(done.stderr.strip().splitlines() or ['nothing was said'])[-1][:200]}")
        made = []
        for path in sorted(out.iterdir()):
            shutil.move(path, dist / path.name)
            made.append(dist / path.name)
    return made
