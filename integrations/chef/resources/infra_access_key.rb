# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

provides :infra_access_key
unified_mode true

use 'partial/_access_key'
use 'partial/_connection'

# Set by the action that makes a key: a notification to rotate it in the same run has nothing to do.
attr_accessor :made_in_this_run

default_action :create

action :create do
  keep('state' => 'present')
end

action :delete do
  keep('state' => 'absent')
end

action :rotate do
  keep('state' => 'present', 'rotate_if_created_before' => 'now') unless new_resource.made_in_this_run
end

action_class do
  include InfrastateCookbook::AccessKey
end
