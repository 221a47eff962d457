# SPDX-License-Identifier: Apache-2.0
{% set app = pillar["my_app"] %}

my-app:
  infra_access_key.absent:
    - user: {{ app.user }}
    - secret_file: {{ app.folder }}/infra.key
