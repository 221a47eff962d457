# SPDX-License-Identifier: Apache-2.0
# The keys of this host stand in Hiera, and the administrator's key stands there encrypted. eyaml decrypts it on the
# Puppet server. lookup() gives a Sensitive, so that no log shows it.

$connection = {
  'host'       => 'https://infra.example.com',
  'access_key' => lookup('infra::access_key'),
}

lookup('infra::keys').each |String $name, Hash $key| {
  infra_access_key { $name:
    * => $connection + $key,
  }
}
