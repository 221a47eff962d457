# SPDX-License-Identifier: Apache-2.0
"""Ansible's own judgement of arguments. Runs in a Python that has ansible-core: the first line of standard input is the
specification, each further one a set of arguments; each answer is {"error": text or null, "values": arguments}."""

import json
import sys

from ansible.module_utils.common.arg_spec import ModuleArgumentSpecValidator


def main():
    validator = None
    spec = json.loads(sys.stdin.readline())
    argument_spec = spec.pop("argument_spec")
    validator = ModuleArgumentSpecValidator(argument_spec, **spec)
    for line in sys.stdin:
        result = validator.validate(json.loads(line))
        print(json.dumps({"error": result.error_messages[0] if result.error_messages else None, "values": result.validated_parameters}, default=str), flush=True)


main()
