# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt): this file uses the interfaces of
# ansible-core, which is under that licence.
"""The filter with which the role key_report computes its page."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = """
name: key_report
short_description: Sorts access keys by the attention that they need
version_added: "0.1.0"
author:
  - "infrastate maintainers (@infrastate)"
description:
  - Gives each access key a state, a sentence, and a place on a timeline, and orders them by the attention that they need.
  - The role C(infrastate.infra.key_report) makes its page of the result.
positional: now
options:
  _input:
    description: The keys, as C(access_keys) of C(infrastate.infra.infra_access_key_info).
    type: list
    elements: dict
    required: true
  now:
    description: The RFC 3339 time to compare with, such as C(server_time) of C(infrastate.infra.infra_access_key_info).
    type: str
    required: true
  soon_days:
    description: A key that ends within this many days ends soon.
    type: int
    default: 30
  unused_days:
    description: A key that was not used for this many days is unused.
    type: int
    default: 30
  contents:
    description: Texts whose hashes are wanted, in the form of a Content-Security-Policy.
    type: list
    elements: str
    default: []
"""

EXAMPLES = """
- name: Say how many keys end soon
  ansible.builtin.debug:
    msg: "{{ (found.access_keys | infrastate.infra.key_report(found.server_time)).counts.soon }}"
"""

RETURN = """
_value:
  description: The keys in C(rows), the number of keys in each state in C(counts), and what else the page needs.
  type: dict
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.infrastate.infra.plugins.plugin_utils.report import report


def key_report(keys, now, soon_days=30, unused_days=30, contents=()):
    try:
        return report(keys, now, soon_days, unused_days, contents)
    except ValueError as why:
        raise AnsibleFilterError(str(why))


class FilterModule(object):
    """Ansible's way to find the filter."""

    def filters(self):
        return {"key_report": key_report}
