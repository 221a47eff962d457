# SPDX-License-Identifier: Apache-2.0
# The template is rendered before any state runs: only a sign of life after this moment counts.
{% set before = salt["infra.destinations"]()["server_time"] %}

connector-key:
  infra_access_key.present:
    - derive_name: true
    - secret_file: /etc/infra/connector.key
    - renew_before: 20%
    - renew_splay: 168h
    - overlap: 72h

infra-connector:
  cmd.run:
    - name: systemctl restart infra-connector
    - onchanges:
      - infra_access_key: connector-key

{{ grains["id"] }}:
  infra_destination.connected:
    - seen_after: '{{ before }}'
    - wait_timeout: 3m
    - onchanges:
      - cmd: infra-connector
