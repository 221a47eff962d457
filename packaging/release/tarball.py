# SPDX-License-Identifier: Apache-2.0
"""A tar.gz of a folder of the sources: the same bytes from the same commit, whoever makes it and wherever."""

import gzip
import io
import tarfile

from .common import epoch


def files(folder, left_out=()):
    """{name: bytes} of the folder's files, without hidden ones and the folders and files that are left out."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not path.is_symlink() and name.parts[0] not in left_out and not any(part.startswith(".") for part in name.parts):
            found[str(name)] = path.read_bytes()
    return found


def write(out, top, content):
    """Writes {name: bytes} below the folder `top`."""
    data = io.BytesIO()
    folders = {top} | {f"{top}/{'/'.join(name.split('/')[:depth])}" for name in content for depth in range(1, name.count("/") + 1)}
    with tarfile.open(fileobj=data, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name in sorted(folders | {f"{top}/{name}" for name in content}):
            member = tarfile.TarInfo(name)
            member.uname = member.gname = "root"
            member.mtime = epoch()
            if name in folders:
                member.type, member.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(member)
            else:
                text = content[name[len(top) + 1:]]
                member.size, member.mode = len(text), 0o644
                archive.addfile(member, io.BytesIO(text))
    with open(out, "wb") as file, gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=epoch()) as packed:
        packed.write(data.getvalue())
    return out
