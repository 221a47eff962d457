# SPDX-License-Identifier: Apache-2.0
# How to reach the server. The access key itself is behind the address: no pillar and no cache holds it.
infra:
  host: https://infra.example.com
  access_key: sdb://vault/secret/infra/admin
