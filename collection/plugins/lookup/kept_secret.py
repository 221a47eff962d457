# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt): this file uses the interfaces of
# ansible-core, which is under that licence.
"""Reads a secret that infra_access_key keeps in a file of the controller."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = """
name: kept_secret
short_description: Reads the secret of an access key from the file that keeps it
version_added: "0.1.0"
author:
  - "infrastate maintainers (@infrastate)"
description:
  - Reads a file on the controller that C(infrastate.infra.infra_access_key) keeps as its C(secret_file),
    and checks by the record beside it that the file holds the secret of the key asked for.
  - It creates nothing and does not ask the server. Whether the key still lives there says
    C(infrastate.infra.infra_access_key).
notes:
  - A task that uses the secret needs C(no_log=true) where its own output would show it.
options:
  _terms:
    description: The paths of the files, as in C(secret_file). Relative ones are searched as other lookups do, in C(files/).
    type: list
    elements: path
    required: true
  key_name:
    description: The key's name, which the record must have. (Ansible keeps C(name) for the lookup itself.)
    type: str
  user:
    description: The user whose key it must be.
    type: str
  host:
    description: The Infra server that the key must belong to.
    type: str
"""

EXAMPLES = """
- name: Give the vault the connector's key
  ansible.builtin.command:
    cmd: vault kv put secret/infra/my-cluster accessKey=-
    stdin: "{{ lookup('infrastate.infra.kept_secret', '/etc/infra/connector.key', key_name='my-cluster') }}"
    stdin_add_newline: false
  changed_when: true
  no_log: true
"""

RETURN = """
_raw:
  description: The secrets, one for each file.
  type: list
  elements: str
"""

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.infrastate.infra.plugins.plugin_utils import kept


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        out = []
        for term in terms:
            path = self.find_file_in_search_path(variables, "files", term, ignore_missing=True) or term
            try:
                out.append(kept.secret(path, self.get_option("key_name"), self.get_option("user"), self.get_option("host")))
            except kept.NotKept as error:
                raise AnsibleLookupError("kept_secret: %s" % error)
        return out
