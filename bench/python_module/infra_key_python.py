#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""An access key of Infra by its name, as a module in Python is usually written: with open_url of Ansible, and without the
secret's file, the schedule and the checks of infra_access_key. It exists to be measured beside that."""

import json
import urllib.error
import urllib.parse

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import open_url

VERSION = "0.20.0"


class Infra:
    def __init__(self, host, access_key, ca_path, timeout):
        self.host = host.rstrip("/") if "://" in host else "https://" + host
        self.headers = {"Authorization": "Bearer " + access_key, "Infra-Version": VERSION, "Accept": "application/json"}
        self.more = {"ca_path": ca_path, "timeout": timeout, "use_netrc": False}

    def call(self, method, path, query=None, body=None):
        url = self.host + path + ("?" + urllib.parse.urlencode(query) if query else "")
        headers = dict(self.headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
        answer = open_url(url, method=method, headers=headers, data=None if body is None else json.dumps(body), **self.more)
        text = answer.read()
        return json.loads(text) if text else None

    def key(self, name):
        """The live key of that name, or None."""
        for row in self.call("GET", "/api/access-keys", {"name": name, "limit": 1000})["items"]:
            if row["name"] == name:
                return row
        return None

    def user(self, name):
        rows = self.call("GET", "/api/users", {"name": name, "showSystem": "true"})["items"]
        return next((row["id"] for row in rows if row["name"] == name), None)


def main():
    module = AnsibleModule(
        argument_spec={
            "host": {"type": "str", "required": True},
            "access_key": {"type": "str", "required": True, "no_log": True},
            "server_certificate_file": {"type": "path"},
            "name": {"type": "str", "required": True},
            "user": {"type": "str", "default": "connector"},
            "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
            "expires_in": {"type": "str", "default": "8766h"},
            "inactivity_timeout": {"type": "str", "default": "72h"},
            "timeout": {"type": "int", "default": 30},
        },
        supports_check_mode=True,
    )
    given = module.params
    infra = Infra(given["host"], given["access_key"], given["server_certificate_file"], given["timeout"])
    try:
        found = infra.key(given["name"])
        if given["state"] == "absent":
            if found and not module.check_mode:
                infra.call("DELETE", "/api/access-keys/" + found["id"])
            module.exit_json(changed=found is not None)
        if found:
            module.exit_json(changed=False, id=found["id"], expires=found["expires"])
        if module.check_mode:
            module.exit_json(changed=True)
        user = infra.user(given["user"])
        if user is None:
            module.fail_json(msg="Infra has no user named " + given["user"])
        made = infra.call("POST", "/api/access-keys", body={"userID": user, "name": given["name"], "expiry": given["expires_in"],
                                                            "inactivityTimeout": given["inactivity_timeout"]})
        module.exit_json(changed=True, id=made["id"], expires=made["expires"], secret=made["accessKey"])
    except urllib.error.HTTPError as refused:
        module.fail_json(msg="the server at %s answered %s: %s" % (infra.host, refused.code, refused.read().decode("utf-8", "replace")[:200]))
    except (OSError, ValueError, KeyError) as problem:
        module.fail_json(msg="the server at %s could not be asked: %s" % (infra.host, problem))


if __name__ == "__main__":
    main()
