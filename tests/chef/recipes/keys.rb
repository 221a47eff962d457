# SPDX-License-Identifier: Apache-2.0
# A key for each entry of node['trial']['keys'], with the properties there. Tests run it by the double and by a real
# chef-client. An entry whose name begins with "lazy_" is asked for when the action runs.

ignore = node['trial']['ignore_failures']
node['trial']['keys'].each do |title, given|
  infra_access_key title do
    given.each do |name, value|
      case name
      when 'action' then action value.to_sym
      when /\Alazy_/ then public_send(name.delete_prefix('lazy_'), lazy { value })
      else public_send(name, value)
      end
    end
    ignore_failure true if ignore
  end
end

(node['trial']['rings'] || {}).each do |title, timing|
  notify_group "ring #{title}" do
    notifies :rotate, "infra_access_key[#{title}]", timing.to_sym
    action :run
  end
end
