# SPDX-License-Identifier: Apache-2.0
# What kitchen converges: twice, and the second time nothing may change.

directory '/etc/trial' do
  mode '0755'
end

infra_access_key 'kitchen-trial' do
  host        node['trial']['host']
  access_key  node['trial']['access_key']
  secret_file '/etc/trial/infra.key'
  mode        '0600'
end
