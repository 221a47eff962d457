#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same in Python, by the package `infrastate`.
usage: keep_key.py NAME   (INFRA_HOST, INFRA_ACCESS_KEY, INFRA_SERVER_CERTIFICATE_FILE)"""

import sys

import infrastate


def main() -> int:
    if len(sys.argv) != 2:
        sys.exit("usage: keep_key.py NAME")
    try:
        with infrastate.Client(environment=True) as client:
            result = client.apply("access_key", {"name": sys.argv[1]})
    except infrastate.InfrastateError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1
    if result.secret:
        print("made, its secret is", result.secret.reveal())
    else:
        print("changed" if result.changed else "as it should be")
    return 0


if __name__ == "__main__":
    sys.exit(main())
