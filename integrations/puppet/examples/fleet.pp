# SPDX-License-Identifier: Apache-2.0
# Infra's ssh connector on every host, each with its own key. The title is the file, so that each host derives a name.

Infra_access_key {
  host            => 'https://infra.example.com',
  access_key_file => '/etc/infra/admin.key',
}

infra_access_key { '/etc/infra/connector.key':
  expires_in   => '8766h',
  renew_before => '20%',
  renew_splay  => '168h',
  overlap      => '72h',
}

service { 'infra-connector':
  ensure    => running,
  subscribe => Infra_access_key['/etc/infra/connector.key'],
}
