# SPDX-License-Identifier: Apache-2.0
{% set app = pillar["my_app"] %}

{{ app.folder }}:
  file.directory:
    - mode: '0755'

announce-the-change:
  cmd.run:
    - name: logger 'the access key of my-app changes now'
    - prereq:
      - infra_access_key: my-app

my-app:
  infra_access_key.present:
    - user: {{ app.user }}
    - secret_file: {{ app.folder }}/infra.key
    - expires_in: 2160h
    - inactivity_timeout: 2160h
    - renew_before: 720h
    - overlap: 24h
    - require:
      - file: {{ app.folder }}

take-the-new-secret:
  cmd.run:
    - name: systemctl restart my-app
    - onchanges:
      - infra_access_key: my-app
