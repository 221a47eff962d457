# SPDX-License-Identifier: Apache-2.0
"""The Ansible collection: the files of collection/, with the executables that are in dist/ and the links by which
Ansible's own way finds them. ansible-galaxy builds it; its archive is packed anew so that two are equal."""

import gzip
import hashlib
import io
import json
import os
import pathlib
import shutil
import tarfile
import tempfile

from . import product
from .common import ROOT, VERSION, Problem, epoch, need_programs, run, sha256

SOURCE = ROOT / "collection"
NAME = f"infrastate-infra-{VERSION}.tar.gz"
# Where Ansible looks for it, below a folder of ANSIBLE_COLLECTIONS_PATH.
PLACE = pathlib.Path("ansible_collections", "infrastate", "infra")


def modules():
    return sorted(path.stem for path in (SOURCE / "plugins" / "modules").glob("*.py"))


def assemble(executables, top):
    """Makes the collection below the folder `top`, and returns its own. `executables`: zig's name of a processor -> the file."""
    folder = top / PLACE
    ignored = shutil.ignore_patterns("__pycache__", "output", ".plugin-cache.yaml", "fragments")
    shutil.copytree(SOURCE, folder, symlinks=True, dirs_exist_ok=True, ignore=ignored)
    sums = []
    for cpu, path in sorted(executables.items()):
        to = folder / "files" / cpu / product.EXECUTABLE
        to.parent.mkdir(parents=True)
        shutil.copyfile(path, to)
        to.chmod(0o755)
        sums.append(f"{sha256(to)}  {cpu}/{product.EXECUTABLE}\n")
        for module in modules():
            (folder / "plugins" / "modules" / f"{module}_{cpu}").symlink_to(f"../../files/{cpu}/{product.EXECUTABLE}")
    (folder / "files").mkdir(exist_ok=True)
    (folder / "files" / "SHA256SUMS").write_text("".join(sums))
    shutil.copyfile(ROOT / "LICENSE", folder / "LICENSE")
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    return folder


def _sorted(archive):
    """Name -> bytes or the name that a link leads to, and mode, with the list of files in one order on each machine."""
    with tarfile.open(archive) as tar:
        members = {member.name: (member, tar.extractfile(member).read() if member.isfile() else b"") for member in tar.getmembers()}
    listing = json.loads(members["FILES.json"][1])
    listing["files"].sort(key=lambda entry: entry["name"])
    text = json.dumps(listing, indent=1).encode()
    manifest = json.loads(members["MANIFEST.json"][1])
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(text).hexdigest()
    members["FILES.json"] = (members["FILES.json"][0], text)
    members["MANIFEST.json"] = (members["MANIFEST.json"][0], json.dumps(manifest, indent=1).encode())
    return members


def _pack(members, out):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, (member, content) in sorted(members.items(), key=lambda each: (each[0] not in ("MANIFEST.json", "FILES.json"), each[0])):
            member.size, member.mtime, member.uid, member.gid, member.uname, member.gname = len(content), epoch(), 0, 0, "", ""
            member.pax_headers = {}
            tar.addfile(member, io.BytesIO(content))
    out.write_bytes(gzip.compress(data.getvalue(), 9, mtime=0))


def build(executables, dist):
    need_programs("ansible-galaxy")
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        folder = assemble(executables, work)
        run(["ansible-galaxy", "collection", "build", "--output-path", work, folder], ROOT / "build" / "release-collection.log", cwd=work,
            env=os.environ | {"ANSIBLE_LOCAL_TEMP": str(work / "tmp")}, what="ansible-galaxy collection build")
        if not (work / NAME).is_file():
            raise Problem(f"ansible-galaxy made no {NAME}: the version in collection/galaxy.yml is not that in VERSION")
        _pack(_sorted(work / NAME), dist / NAME)
    return dist / NAME


def make(architectures, dist):
    """One file with the executables for these architectures."""
    return [build({arch.cpu: product.provided(arch, dist) / product.EXECUTABLE for arch in architectures}, dist)]
