# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

require 'chefspec'
require 'chefspec/policyfile'

RSpec.configure do |config|
  config.platform = 'debian'
  config.version = '12'
end
