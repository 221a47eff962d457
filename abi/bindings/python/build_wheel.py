#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the wheel of the package from its modules and the library. It compiles nothing. The same input
gives the same bytes.
usage: build_wheel.py --library LIBINFRASTATE --out FOLDER [--platform linux_x86_64] [--licences FOLDER]
The default platform is "linux_ARCH": a library that needs Debian's Poco runs only on such machines. For
"manylinux_...", give a portable library, as scripts/release does, with the licence texts of what is inside it.
Several platforms are joined by dots."""

import argparse
import ast
import base64
import hashlib
import pathlib
import platform
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
VERSION = (ROOT / "VERSION").read_text().strip()
EPOCH = (1980, 1, 1, 0, 0, 0)

# No author and no address: the project is known by its name alone.
HEAD = f"""Metadata-Version: 2.4
Name: infrastate
Version: {VERSION}
Summary: Keeps access keys of an Infra server in a described state
License-Expression: Apache-2.0
License-File: LICENSE
@LICENCES@Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: Python :: 3
Classifier: Typing :: Typed
Requires-Python: >=3.8
Description-Content-Type: text/markdown

"""


def description():
    """The description of the package, in Markdown."""
    return ast.get_docstring(ast.parse((HERE / "infrastate" / "__init__.py").read_text())) + "\n"


def digest(data):
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def contents(library, tag, licences=None):
    """(name, bytes, mode) of all files, RECORD last."""
    texts = sorted(licences.iterdir()) if licences else []
    head = HEAD.replace("@LICENCES@", "".join(f"License-File: inside/{path.name}\n" for path in texts))
    interpreter, _, platforms = tag.rpartition("-")
    tags = "".join(f"Tag: {interpreter}-{one}\n" for one in platforms.split("."))
    files = [(f"infrastate/{path.name}", path.read_bytes(), 0o644) for path in sorted((HERE / "infrastate").iterdir()) if path.is_file()]
    files.append(("infrastate/libinfrastate.so.1", library.read_bytes(), 0o755))
    info = f"infrastate-{VERSION}.dist-info"
    files.append((f"{info}/METADATA", (head + description()).encode(), 0o644))
    files.append((f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: infrastate\nRoot-Is-Purelib: false\n{tags}".encode(), 0o644))
    files.append((f"{info}/licenses/LICENSE", (ROOT / "LICENSE").read_bytes(), 0o644))
    files += [(f"{info}/licenses/inside/{path.name}", path.read_bytes(), 0o644) for path in texts]
    record = "".join(f"{name},{digest(data)},{len(data)}\n" for name, data, _ in files) + f"{info}/RECORD,,\n"
    return files + [(f"{info}/RECORD", record.encode(), 0o644)]


def build(library, out, where, licences=None):
    tag = f"py3-none-{where}"
    out.mkdir(parents=True, exist_ok=True)
    wheel = out / f"infrastate-{VERSION}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data, mode in contents(library, tag, licences):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = mode << 16
            archive.writestr(entry, data)
    return wheel


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--platform", default=f"linux_{platform.machine()}")
    parser.add_argument("--licences", type=pathlib.Path)
    options = parser.parse_args()
    print(build(options.library.resolve(), options.out, options.platform, options.licences))


if __name__ == "__main__":
    main()
