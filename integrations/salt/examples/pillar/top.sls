# SPDX-License-Identifier: Apache-2.0
base:
  '*':
    - infra
  'app*':
    - my_app
