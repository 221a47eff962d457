# SPDX-License-Identifier: Apache-2.0
my_app:
  folder: /etc/my-app
  user: connector
  release: 7
