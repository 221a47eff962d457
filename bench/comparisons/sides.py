# SPDX-License-Identifier: Apache-2.0
"""The programs that are compared, each as a command that does the same work: look whether a key is there, and change nothing."""

import functools
import json
import os
import pathlib
import shutil
import subprocess
import sys

from clock import Command
from frame import Missing

HERE = pathlib.Path(__file__).resolve().parent.parent
PYTHON_MODULE = HERE / "python_module" / "infra_key_python.py"
BUNDLE = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
KEY = "bench-key"
ONE, HASHED, WHOLE = "one authority", "the system's, hashed folder", "the system's, bundle only"
SHARED, PORTABLE, CURL, PYTHON, LIBRARY, TOFU = ("infrastate, shared build", "infrastate, portable", "curl", "Python module",
                                                 "infrastate, Python library", "tofu apply")
QUERY = f"/api/access-keys?name={KEY}&limit=1000"


def authorities(context):
    """The system's authorities and the server's own, as a bundle and as a hashed folder; and how many there are."""
    if not BUNDLE.is_file():
        raise Missing("the system's bundle of authorities is missing (ca-certificates)")
    context.needs("openssl")
    whole, hashed = context.folder / "bundle.pem", context.folder / "hashed"
    whole.write_text(BUNDLE.read_text() + pathlib.Path(context.server.authority).read_text())
    hashed.mkdir(exist_ok=True)
    blocks = whole.read_text().split("-----END CERTIFICATE-----")[:-1]
    for number, block in enumerate(blocks):
        (hashed / f"{number}.pem").write_text(block[block.index("-----BEGIN"):] + "-----END CERTIFICATE-----\n")
    subprocess.run(["openssl", "rehash", hashed], check=True, stderr=subprocess.DEVNULL)
    return whole, hashed, len(blocks)


def given(context, case, url=None, **more):
    """The parameters of a run; the server's authority is named only where it is the one."""
    out = {"host": url or context.server.url, "access_key": context.server.key, "name": KEY, **more}
    if case == ONE:
        out["server_certificate_file"] = context.server.authority
    return out


def environment(context, case):
    out = {"PATH": os.environ["PATH"], "HOME": str(context.folder), "LC_ALL": "C.UTF-8"}
    if case == HASHED:
        out["SSL_CERT_DIR"] = str(context.folder / "hashed")
    if case == WHOLE:
        out["SSL_CERT_FILE"] = str(context.folder / "bundle.pem")
    return out


def executable(context, program, case, url=None, **more):
    parameters = given(context, case, url, secret_file=str(context.folder / "key"), **more)
    return Command([program, "--module", "infra_access_key"], json.dumps(parameters), environment(context, case))


def curl(context, case, url=None):
    context.needs("curl")
    url = url or context.server.url
    config = context.folder / f"curl-{url.rpartition(':')[2]}"
    config.touch(mode=0o600)
    config.write_text(f'url = "{url}{QUERY}"\nheader = "Authorization: Bearer {context.server.key}"\nheader = "Infra-Version: 0.20.0"\n')
    trusted = context.server.authority if case == ONE else context.folder / "bundle.pem"
    return Command(["curl", "-q", "-sS", "--fail", "--noproxy", "*", "-K", config, "--cacert", trusted], "", environment(context, case))


@functools.cache
def ansible_python():
    """A Python that has ansible-core: this one, the system's, or the one that runs ansible-playbook."""
    candidates = [sys.executable, "/usr/bin/python3"]
    playbook = shutil.which("ansible-playbook")
    if playbook:
        with open(playbook, "rb") as file:
            first = file.readline().decode("utf-8", "replace").strip()
        candidates += first[2:].split()[:1] if first.startswith("#!") else []
    for each in candidates:
        if shutil.which(each) and subprocess.run([each, "-c", "import ansible.module_utils.urls"], capture_output=True, check=False).returncode == 0:
            return each
    return None


def python(context, case, url=None, **more):
    """As Ansible starts it on the target, without the archive around it, whose unpacking it is spared here."""
    program = ansible_python()
    if program is None:
        raise Missing("no Python here has ansible-core (scripts/setup)")
    return Command([program, PYTHON_MODULE], json.dumps({"ANSIBLE_MODULE_ARGS": given(context, case, url, **more)}), environment(context, case))


def tofu(context, case, url=None):
    """`tofu apply` in a folder of its own. --tofu names the executable; TF_CLI_CONFIG_FILE in the environment says where its
    provider `infra` is (dev_overrides), as no registry is asked."""
    if context.options.tofu is None:
        raise Missing("no OpenTofu is given (--tofu)")
    program = pathlib.Path(context.options.tofu).resolve()
    if not os.access(program, os.X_OK):
        raise Missing("--tofu is no executable")
    if not os.environ.get("TF_CLI_CONFIG_FILE"):
        raise Missing("TF_CLI_CONFIG_FILE does not name a configuration with the provider (dev_overrides)")
    if case != ONE:
        raise Missing("it is measured with one authority only")
    folder = context.folder / "tofu"  # one for all addresses: its state knows the key
    folder.mkdir(exist_ok=True)
    (folder / "main.tf.json").write_text(json.dumps({
        "terraform": {"required_providers": {"infra": {"source": "infrahq/infra"}}},
        "provider": {"infra": {"host": url or context.server.url, "access_key": context.server.key,
                               "server_certificate_file": context.server.authority}},
        "resource": {"infra_access_key": {"key": {"name": KEY + "-tofu", "connector_access_key": True}}}}))
    more = {"TF_CLI_CONFIG_FILE": os.environ["TF_CLI_CONFIG_FILE"], "CHECKPOINT_DISABLE": "1"}
    return Command([program, f"-chdir={folder}", "apply", "-auto-approve", "-input=false", "-no-color"], "", {**environment(context, case), **more})


# Each way to make a command, by the name of the program.
MAKERS = {
    SHARED: lambda context, case, url=None: executable(context, context.program("modules/infra_access_key"), case, url),
    PORTABLE: lambda context, case, url=None: executable(context, context.portable(), case, url),
    CURL: curl,
    PYTHON: python,
    TOFU: tofu,
}
