# SPDX-License-Identifier: Apache-2.0
{% set app = pillar["my_app"] %}

{{ app.folder }}/release:
  file.managed:
    - contents: '{{ app.release }}'

my-app:
  infra_access_key.present:
    - user: {{ app.user }}
    - secret_file: {{ app.folder }}/infra.key
    - expires_in: 2160h
    - inactivity_timeout: 2160h
    - overlap: 24h
    - watch:
      - file: {{ app.folder }}/release
