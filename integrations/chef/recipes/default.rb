# SPDX-License-Identifier: Apache-2.0
# Installs the Ruby gem infrastate for Chef's own Ruby. The resource loads it when the first key is looked at.

chef_gem 'infrastate' do
  source node['infrastate']['gem_file'] if node['infrastate']['gem_file']
  compile_time false
end
