# SPDX-License-Identifier: Apache-2.0
"""The Puppet module as a tarball, in the form that `puppet module install` takes and the Forge has."""

import hashlib
import json

from . import tarball
from .common import ROOT, VERSION, Problem

MODULE = ROOT / "integrations" / "puppet"


def make(dist):
    """[OWNER-MODULE-VERSION.tar.gz]"""
    content = tarball.files(MODULE, left_out=("spec", "checksums.json"))
    metadata = json.loads(content["metadata.json"])
    if metadata["version"] != VERSION:
        raise Problem(f"metadata.json of the Puppet module has version {metadata['version']} instead of {VERSION}; run scripts/generate-docs")
    # `puppet module changes` compares an installed module with these.
    sums = {name: hashlib.md5(text, usedforsecurity=False).hexdigest() for name, text in content.items()}
    content["checksums.json"] = (json.dumps(sums, indent=2, sort_keys=True) + "\n").encode()
    top = f"{metadata['name']}-{VERSION}"
    return [tarball.write(dist / f"{top}.tar.gz", top, content)]
