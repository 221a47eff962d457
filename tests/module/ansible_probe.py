# SPDX-License-Identifier: GPL-3.0-or-later
# This file imports ansible-core and so is under its licence.
"""Runs a real AnsibleModule on a table of parameters, for comparison.
Standard input: {"module": keyword arguments of AnsibleModule, "cases": [parameters, ...]}
Standard output: {"version": of ansible-core, "results": [what the module printed, ...]}. `found` in a
result lists all errors; a module reports the first one."""

import contextlib
import io
import json
import sys

from ansible.module_utils import basic
from ansible.release import __version__

try:
    from ansible.module_utils.testing import patch_module_args
except ImportError:  # before 2.17
    @contextlib.contextmanager
    def patch_module_args(arguments):
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
        yield


def fail_json(self, msg, plain=basic.AnsibleModule.fail_json, **more):
    plain(self, msg, found=self.validation_result.error_messages, **more)


def run(description, parameters):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), patch_module_args(parameters):
        # A module's warnings stay in the process.
        for name in ("_global_warnings", "_global_deprecations"):
            with contextlib.suppress(Exception):
                getattr(sys.modules["ansible.module_utils.common.warnings"], name).clear()
        try:
            module = basic.AnsibleModule(supports_check_mode=True, **json.loads(json.dumps(description)))
            module.exit_json(changed=False)
        except SystemExit:
            pass
    return json.loads(out.getvalue())


def main():
    # These runs must not write to this machine's log.
    basic.AnsibleModule.log = lambda self, *arguments, **options: None
    basic.AnsibleModule.fail_json = fail_json
    wanted = json.load(sys.stdin)
    results = [run(wanted["module"], parameters) for parameters in wanted["cases"]]
    json.dump({"version": __version__, "results": results}, sys.stdout)


if __name__ == "__main__":
    main()
