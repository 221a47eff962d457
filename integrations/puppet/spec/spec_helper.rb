# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

require 'rspec-puppet'
require 'tmpdir'

# The module under its own name, as rspec-puppet wants it.
modules = Dir.mktmpdir('infrastate')
at_exit { FileUtils.remove_entry(modules) }
File.symlink(File.expand_path('..', __dir__), File.join(modules, 'infrastate'))

RSpec.configure do |config|
  config.mock_with :rspec
  config.module_path = modules
  config.strict_variables = true
end

$LOAD_PATH.unshift(File.expand_path('../lib', __dir__))
