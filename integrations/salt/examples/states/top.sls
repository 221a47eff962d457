# SPDX-License-Identifier: Apache-2.0
base:
  'app*':
    - my_app
  'connector*':
    - connector
