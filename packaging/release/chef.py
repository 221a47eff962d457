# SPDX-License-Identifier: Apache-2.0
"""The Chef cookbook as a tarball, as Supermarket has it: the folder of the cookbook with metadata.json."""

import json
import re

from . import tarball
from .common import ROOT, VERSION, Problem

COOKBOOK = ROOT / "integrations" / "chef"
# Those in chefignore, too.
LEFT_OUT = ("spec", "test", "kitchen.yml", "Policyfile.rb", "Policyfile.lock.json")


def metadata(text):
    """What metadata.rb says, as JSON: a server or knife runs no Ruby of a packed cookbook."""
    lines = [(word, re.findall(r"'((?:[^'\\]|\\.)*)'", rest)) for word, rest in re.findall(r"^(\w+) +('.*)$", text, re.MULTILINE)]
    simple = {word: values[0] for word, values in lines if word not in ("supports", "chef_version")}
    return {**simple, "platforms": {values[0]: values[1] for word, values in lines if word == "supports"}, "dependencies": {},
            "recipes": {}, "chef_versions": [values for word, values in lines if word == "chef_version"], "ohai_versions": [], "gems": []}


def make(dist):
    """[infrastate-cookbook-VERSION.tar.gz]"""
    content = tarball.files(COOKBOOK, LEFT_OUT)
    found = metadata(content["metadata.rb"].decode())
    if found["version"] != VERSION:
        raise Problem(f"metadata.rb of the Chef cookbook has version {found['version']} instead of {VERSION}; run scripts/generate-docs")
    content["metadata.json"] = (json.dumps(found, indent=2) + "\n").encode()
    return [tarball.write(dist / f"{found['name']}-cookbook-{VERSION}.tar.gz", found["name"], content)]
