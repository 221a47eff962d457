# SPDX-License-Identifier: Apache-2.0
# A refresh rotates the key: here when a package, which may have read the secret, has changed.

package { 'my-app':
  ensure => latest,
}

infra_access_key { 'my-app':
  host            => 'https://infra.example.com',
  access_key_file => '/etc/infra/admin.key',
  secret_file     => '/etc/my-app/infra.key',
  overlap         => '24h',
  subscribe       => Package['my-app'],
}
