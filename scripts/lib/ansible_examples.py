# SPDX-License-Identifier: Apache-2.0
"""The examples that ansible-doc shows, by module."""

EXAMPLES = {
    "infra_access_key": """\
- name: Keep a connector's access key in a file; renew it a month early, both keys valid for a day
  infra_access_key:
    host: infra.example.com
    access_key_file: /etc/infra/admin.key
    name: my-cluster
    secret_file: /etc/infra/connector.key
    owner: infra
    renew_before: 720h
    overlap: 24h
  register: connector_key
  no_log: true

- name: Tell whoever uses the key
  ansible.builtin.service:
    name: infra-connector
    state: restarted
  when: connector_key.secret_changed

- name: Without a name; one is derived from the machine and the path
  infra_access_key:
    host: infra.example.com
    access_key_file: /etc/infra/admin.key
    secret_file: /etc/infra/connector.key

- name: The secret is kept in a vault
  infra_access_key:
    host: infra.example.com
    access_key_file: /etc/infra/admin.key
    name: my-cluster
    current_secret: "{{ vault_connector_key | default(omit) }}"
  register: connector_key
  no_log: true

- name: Hand the secret over yourself; without a holder it is known only in the run that made the key
  infra_access_key:
    host: infra.example.com
    access_key_file: /etc/infra/admin.key
    name: another-cluster
    inactivity_timeout: 72h
  register: another_key
  no_log: true

- name: A key that ends with a project, replaced only when it is dead
  infra_access_key:
    name: migration
    user: dev@example.com
    expires_at: "2027-11-23T07:56:35Z"
    recreate: dead
  environment:
    INFRA_HOST: infra.example.com
    INFRA_ACCESS_KEY: "{{ vault_infra_admin_key }}"
  no_log: true

- name: The key is not needed any more
  infra_access_key:
    host: infra.example.com
    access_key_file: /etc/infra/admin.key
    name: my-cluster
    secret_file: /etc/infra/connector.key
    state: absent
""",
    "infra_access_key_info": """\
- name: Complain in time about keys of the connectors that nobody renews
  infra_access_key_info:
    host: infra.example.com
    access_key_file: /etc/infra/admin.key
    user: connector
    fail_if_expiring_within: 336h

- name: What this machine keeps, and what is left over of it
  infra_access_key_info:
    host: infra.example.com
    access_key_file: /etc/infra/admin.key
    secret_file: /etc/infra/connector.key
  register: kept

- name: Show keys that were never used
  infra_access_key_info:
    host: infra.example.com
    access_key_file: /etc/infra/admin.key
  register: all_keys

- ansible.builtin.debug:
    msg: "{{ all_keys.access_keys | selectattr('usage', 'eq', 'never_used') | map(attribute='name') }}"
""",
    "infra_destination_info": """\
- name: Wait until the connector that was restarted with its new key works
  infra_destination_info:
    host: infra.example.com
    access_key_file: /etc/infra/admin.key
    name: my-cluster
    wait_for: connected
    seen_after: "{{ connector_key.created }}"
    wait_timeout: 3m

- name: Complain about clusters whose connector is silent
  infra_destination_info:
    host: infra.example.com
    access_key_file: /etc/infra/admin.key
    kind: kubernetes
    fail_if_disconnected: true
"""
}
