# SPDX-License-Identifier: Apache-2.0
"""What is inside: an SPDX 2.3 document in JSON that names each part with version and licence."""

import datetime
import json

from . import dependencies, pins as pin_file
from .common import VERSION, epoch, key_of, sha256

# Name, licence, and whom it comes from; versions come from the pins, or belong to zig's.
PARTS = (
    ("openssl", "OpenSSL", "Apache-2.0", "The OpenSSL Project"),
    ("c-ares", "c-ares", "MIT", "The c-ares project"),
    ("poco", "POCO C++ Libraries", "BSL-1.0", "Applied Informatics"),
)
OF_ZIG = (
    ("musl", "musl", "MIT", "in the executable"),
    ("libc++", "libc++", "Apache-2.0 WITH LLVM-exception", "in both"),
    ("libc++abi", "libc++abi", "Apache-2.0 WITH LLVM-exception", "in both"),
    ("libunwind", "libunwind", "Apache-2.0 WITH LLVM-exception", "in both"),
    ("zig", "zig compiler runtime", "MIT", "in both"),
)


def _package(name, version, licence, **more):
    identifier = "SPDXRef-" + "".join(c if c.isalnum() else "-" for c in name)
    return {"SPDXID": identifier, "name": name, "versionInfo": version, "licenseConcluded": licence, "licenseDeclared": licence,
            "downloadLocation": "NOASSERTION", "copyrightText": "NOASSERTION", "filesAnalyzed": False, **more}


def document(pins, folder):
    """`folder`: a dist/linux-ARCH, whose parts are described, and whose files' digests stand in it."""
    versions = dependencies.versions(folder)
    zig, = pin_file.named(pins, "zig")
    files = {path.name: sha256(path) for path in sorted(folder.iterdir())
             if path.is_file() and not path.is_symlink() and path.name != "versions"}
    packages = [_package("infrastate", VERSION, "Apache-2.0", supplier="Organization: The infrastate authors", primaryPackagePurpose="APPLICATION",
                         comment=f"the files of {folder.name}: " + ", ".join(f"{name} SHA256 {digest}" for name, digest in files.items()))]
    for key, name, licence, supplier in PARTS:
        digests = "; ".join(f"{pin.file} SHA256 {pin.sha256}" for pin in pin_file.named(pins, key))
        packages.append(_package(name, versions[key], licence, supplier=f"Organization: {supplier}", comment=f"built from {digests}"))
    for _, name, licence, where in OF_ZIG:
        packages.append(_package(name, f"of zig {zig.version}", licence, comment=f"{where}; from {zig.file} SHA256 {zig.sha256}"))
    relations = [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-infrastate"}]
    relations += [{"spdxElementId": "SPDXRef-infrastate", "relationshipType": "CONTAINS", "relatedSpdxElement": package["SPDXID"]}
                  for package in packages[1:]]
    identity = key_of(*files.values())
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"infrastate-{VERSION}-{folder.name}",
            "documentNamespace": f"urn:infrastate:spdx:{VERSION}:{folder.name}:{identity}",
            "creationInfo": {"created": datetime.datetime.fromtimestamp(epoch(), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
                             "creators": ["Tool: scripts/release"]},
            "packages": packages, "relationships": relations}


def write(pins, folder):
    assert {key for key, *_ in PARTS} == set(dependencies.NAMES)
    (folder / "infrastate.spdx.json").write_text(json.dumps(document(pins, folder), indent=1) + "\n")
