# SPDX-License-Identifier: Apache-2.0
# The key is not needed any more: it, what rotations made of it, and the file are deleted.

infra_access_key { 'my-app':
  ensure          => absent,
  host            => 'https://infra.example.com',
  access_key_file => '/etc/infra/admin.key',
  secret_file     => '/etc/my-app/infra.key',
}
