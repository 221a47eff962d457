# SPDX-License-Identifier: Apache-2.0
# An application with an access key, which is renewed a month before it expires.

file { '/etc/my-app':
  ensure => directory,
  owner  => 'root',
  group  => 'root',
  mode   => '0755',
}

infra_access_key { 'my-app':
  ensure             => present,
  host               => 'https://infra.example.com',
  access_key_file    => '/etc/infra/admin.key',
  secret_file        => '/etc/my-app/infra.key',
  owner              => 'my-app',
  expires_in         => '2160h',
  inactivity_timeout => '2160h',
  renew_before       => '720h',
  overlap            => '24h',
}

service { 'my-app':
  ensure    => running,
  subscribe => Infra_access_key['my-app'],
}
